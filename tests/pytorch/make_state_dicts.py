"""Writes state_dicts/: networks as PyTorch saves them, and what PyTorch computes with them.

Only needed to make the files anew; the tests read them and need no Python:

    python3 -m venv venv && venv/bin/pip install torch numpy safetensors
    venv/bin/python make_state_dicts.py

NAME.safetensors (or .npz) is the state dict. NAME_expected.npz holds `frames`
(steps x trials x inputs), `outputs` and `liking` (steps x trials x outputs), and for every array of the state
dict `d_<array>`, the gradient of sum(liking * outputs). The initial states are zero.

    venv/bin/python make_state_dicts.py check FOLDER

loads the state dicts that engram saved to FOLDER under the same names, strictly, and compares the outputs.
"""

import pathlib
import sys

import numpy as np
import torch
from safetensors.torch import load_file, save_file

STEPS, TRIALS, INPUTS, UNITS, OUTPUTS = 50, 2, 3, 4, 2
HERE = pathlib.Path(__file__).parent / "state_dicts"


class Network(torch.nn.Module):
    def __init__(self, kind, **options):
        super().__init__()
        readout_bias = options.get("bias", True)
        self.rnn = kind(INPUTS, UNITS, **options)
        self.fc = torch.nn.Linear(UNITS, OUTPUTS, bias=readout_bias)

    def forward(self, frames):  # time first, whatever the module wants
        if self.rnn.batch_first:
            frames = frames.transpose(0, 1)
        states, _ = self.rnn(frames)
        if self.rnn.batch_first:
            states = states.transpose(0, 1)
        return self.fc(states)


class Bare(torch.nn.GRU):
    """Nothing but the recurrent module: its outputs are its states."""

    def forward(self, frames):
        return super().forward(frames)[0]


nn = torch.nn
NETWORKS = {
    "rnn_tanh.safetensors": lambda: Network(nn.RNN),
    "rnn_relu_2_no_bias.npz": lambda: Network(nn.RNN, nonlinearity="relu", num_layers=2, bias=False),
    "gru.safetensors": lambda: Network(nn.GRU, batch_first=True),
    "gru_3.safetensors": lambda: Network(nn.GRU, num_layers=3),
    "gru_no_bias.npz": lambda: Network(nn.GRU, bias=False),
    "gru_bare.safetensors": lambda: Bare(INPUTS, UNITS),
    "lstm_float.safetensors": lambda: Network(nn.LSTM).float(),
    "lstm_2.npz": lambda: Network(nn.LSTM, num_layers=2, batch_first=True),
    "lstm_2_no_bias.safetensors": lambda: Network(nn.LSTM, num_layers=2, bias=False),
}


def few_digits(*shape):
    """Random numbers that half precision holds exactly, in which they are saved."""
    return torch.randn(*shape).half().double()


def write():
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(2019)
    HERE.mkdir(exist_ok=True)
    for name, make in NETWORKS.items():
        network = make()
        saved = {key: value.contiguous() for key, value in network.state_dict().items()}
        if name.endswith(".npz"):
            np.savez(HERE / name, **{key: value.numpy() for key, value in saved.items()})
        else:
            save_file(saved, HERE / name)
        network.double()  # computes in double precision with the numbers that were saved
        frames = few_digits(STEPS, TRIALS, INPUTS)
        outputs = network(frames)
        liking = few_digits(*outputs.shape)
        (liking * outputs).sum().backward()
        expected = {"d_" + key: value.grad.numpy() for key, value in network.named_parameters()}
        expected |= dict(frames=frames.half().numpy(), liking=liking.half().numpy())
        expected["outputs"] = outputs.detach().numpy()
        np.savez(HERE / (name.split(".")[0] + "_expected.npz"), **expected)


def check(folder):
    torch.set_default_dtype(torch.float64)
    for name, make in NETWORKS.items():
        path = folder / name
        if name.endswith(".npz"):
            loaded = {key: torch.tensor(value) for key, value in np.load(path).items()}
        else:
            loaded = load_file(path)
        network = make().double()
        network.load_state_dict(loaded, strict=True)
        expected = np.load(HERE / (name.split(".")[0] + "_expected.npz"))
        outputs = network(torch.tensor(expected["frames"]).double()).detach().numpy()
        print(f"{name:30} largest difference {np.abs(outputs - expected['outputs']).max():.2e}")


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["check"] else write()
