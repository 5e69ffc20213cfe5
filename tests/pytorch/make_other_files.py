"""Writes to state_dicts/ what make_state_dicts.py does not: cells, modules before the recurrent one, .pt files.

Only needed to make the files anew; the tests read them and need no Python:

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python make_other_files.py

NAME_expected.npz holds `frames` (steps x trials x inputs) and `outputs` as in make_state_dicts.py. All .pt files but
some that must be refused hold the network of gru_cell_names.pt or arrays that tensors_expected.npz holds as well.
"""

import os
import pathlib
import warnings

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

STEPS, TRIALS, INPUTS, UNITS, OUTPUTS = 20, 2, 3, 4, 2
HERE = pathlib.Path(__file__).parent / "state_dicts"


class OfCell(nn.Module):
    """A network of nn.RNNCell, nn.GRUCell or nn.LSTMCell."""

    def __init__(self, kind, **options):
        super().__init__()
        self.cell = kind(INPUTS, UNITS, **options)
        self.fc = nn.Linear(UNITS, OUTPUTS)

    def forward(self, frames):
        state = None
        outputs = []
        for frame in frames:
            state = self.cell(frame, state)
            outputs.append(self.fc(state[0] if isinstance(state, tuple) else state))
        return torch.stack(outputs)


class Network(nn.Module):
    def __init__(self, kind, before=None, readout=None, inputs=INPUTS):
        super().__init__()
        if before is not None:
            self.before = before
        self.rnn = kind(inputs, UNITS)
        if readout:
            setattr(self, readout, nn.Linear(UNITS, OUTPUTS))
        self.dropout = nn.Dropout(0.1)

    def forward(self, frames):
        return self.fc(self.rnn(frames)[0])


def put_expected(name, network, frames):
    np.savez(HERE / f"{name}_expected.npz", frames=frames.numpy(), outputs=network(frames).detach().numpy())


class Malice:
    def __reduce__(self):
        return os.system, ("echo this must not run",)


def main():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(2020)
    frames = torch.randn(STEPS, TRIALS, INPUTS)
    for name, kind, options in (("rnn_cell", nn.RNNCell, {}), ("rnn_cell_relu", nn.RNNCell, {"nonlinearity": "relu"}),
                                ("gru_cell", nn.GRUCell, {}), ("lstm_cell", nn.LSTMCell, {"bias": False})):
        network = OfCell(kind, **options)
        save_file(network.state_dict(), HERE / f"{name}.safetensors")
        put_expected(name, network, frames)

    # What stands before the recurrent module has shapes that would fit behind it.
    save_file(Network(nn.RNN, nn.Linear(UNITS, UNITS), inputs=UNITS).state_dict(), HERE / "linear_before.safetensors")
    save_file(Network(nn.GRU, nn.Embedding(7, UNITS), inputs=UNITS).state_dict(), HERE / "embedding_before.safetensors")

    network = Network(nn.GRU, readout="fc")
    torch.save(network.state_dict(), HERE / "gru.pt")
    put_expected("gru_pt", network, frames)
    torch.save(network, HERE / "gru_module.pt")
    optimizer = torch.optim.Adam(network.parameters())
    network(frames).sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    torch.save({"epoch": 3, "model": network.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.5,
                "best": None, "names": ["a", "b"]}, HERE / "gru_checkpoint.pth")
    put_expected("gru_checkpoint", network, frames)
    torch.save(network.bfloat16().state_dict(), HERE / "gru_bf16.pt")
    save_file(network.state_dict(), HERE / "gru_bf16.safetensors")
    torch.save(network.double().state_dict(), HERE / "gru_legacy.pt", _use_new_zipfile_serialization=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(nn.GRU(1, 2)), HERE / "gru_script.pt")

    whole = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
    tensors = {"whole": whole, "turned": whole.permute(2, 0, 1), "part": whole[1, :, 1:3], "one": whole[1, 2, 3],
               "none": torch.zeros(0, 3), "parameter": nn.Parameter(torch.tensor([1.5, -2.5]))}
    for kind in "bool uint8 int8 int16 uint16 int32 uint32 int64 uint64 float16 bfloat16 float32 float64".split():
        tensors[kind] = torch.tensor([0, 1, 1]).to(getattr(torch, kind))
    expected = {name: tensor.detach().float().numpy() if tensor.dtype == torch.bfloat16 else tensor.detach().numpy()
                for name, tensor in tensors.items()}
    np.savez_compressed(HERE / "tensors_expected.npz", **expected)
    others = {"wide": torch.zeros(2, dtype=torch.complex128), "stretched": torch.ones(1).expand(1000),
              "sparse": torch.eye(2).to_sparse()}
    torch.save(tensors | others, HERE / "tensors.pt")
    torch.save({"w": torch.ones(2), "nested": {"deep": [torch.zeros(1), {"x": torch.ones(1)}]}, 7: torch.ones(3)},
               HERE / "nested.pt")
    torch.save(Malice(), HERE / "malice.pt")
    torch.save({"w": torch.ones(2), "v": Malice()}, HERE / "malice_within.pt")
    torch.save([1, "text"], HERE / "no_tensors.pt")


if __name__ == "__main__":
    main()
