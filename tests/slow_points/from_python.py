"""from_python.py ROOT PROGRAM PACKAGE: runs the lines of Python that the page "From Python" shows for PACKAGE, and its command.

Lines that save run with a small network, untrained: the command must find points that are fixed for the network, as the
framework computes it. Lines that load run on what the command writes of the network that is shipped.
"""

import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np

INPUTS, UNITS, OUTPUTS = 3, 8, 2
random = np.random.default_rng(1)


def of_torch():
    import torch

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(INPUTS, UNITS)
            self.readout = torch.nn.Linear(UNITS, OUTPUTS)

    model = Network()
    return {"model": model}, lambda h: model.rnn(torch.zeros(1, len(h), INPUTS), torch.tensor(h)[None])[1][0].detach()


def of_flax():
    import flax
    import jax

    class Network(flax.linen.Module):
        @flax.linen.compact
        def __call__(self, x):
            return flax.linen.Dense(OUTPUTS)(flax.linen.RNN(flax.linen.GRUCell(UNITS))(x))

    params = Network().init(jax.random.key(1), np.zeros((1, 5, INPUTS)))
    own = {"params": params["params"]["GRUCell_0"]}
    return {"params": params}, lambda h: flax.linen.GRUCell(UNITS).apply(own, h, np.zeros((len(h), INPUTS)))[0]


def of_keras():
    import keras

    layer = keras.layers.GRU(UNITS, return_sequences=True)
    model = keras.Sequential([keras.Input((5, INPUTS)), layer, keras.layers.Dense(OUTPUTS)])
    return {"model": model}, lambda h: layer.cell(np.zeros((len(h), INPUTS), np.float32), [h])[0]


def main(root, program, package):
    page = (root / "docs" / "from_python.md").read_text(encoding="utf-8")
    shown = {language: re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
             for language in ("python", "bash")}

    def run_lines(about, names):
        lines = [block for block in shown["python"] if about in block]
        assert len(lines) == 1, f"{len(lines)} blocks on the page are about {about}"
        exec(lines[0], names)
        return names

    def command(network, *more):
        (line,) = [block for block in shown["bash"] if "slow_points" in block]
        arguments = [network if word == "net.pt" else word for word in shlex.split(line)[3:]]
        subprocess.run([program, *arguments, "--quiet", *more], check=True)

    if package in ("numpy", "matplotlib"):
        run_lines("states.npy", {"np": np, "states": random.normal(0, 1, (200, 24)), "inputs": np.zeros((1, 3))})
        command(str(root / "examples" / "pytorch" / "flip_flop.safetensors"))
        names = run_lines("np.load", {})
        assert len(names["stable"]) > 0 and names["stable"].shape[1] == 24
        if package == "matplotlib":
            run_lines("matplotlib", names)
            assert pathlib.Path("points.png").stat().st_size > 0
    else:
        names, step = {"torch": of_torch, "flax": of_flax, "keras": of_keras}[package]()
        run_lines({"torch": "torch.save", "flax": "flax.", "keras": "model.weights"}[package], names)
        run_lines("states.npy", {"np": np, "states": random.normal(0, 0.3, (50, UNITS)), "inputs": np.zeros((1, INPUTS))})
        command("net.pt" if package == "torch" else "net.npz", "--inputs", "rows.npy")
        points = np.load("found/points.npz")
        fixed = points["states"][points["is_fixed"] == 1].astype(np.float32)
        assert len(fixed) > 0, "no fixed points"
        assert np.abs(np.asarray(step(fixed)) - fixed).max() < 1e-5, "they are not fixed"
    print(f"the page's lines for {package} do what they say")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
