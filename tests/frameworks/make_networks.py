"""Writes networks/: recurrent networks as Flax and Keras name their weights, and what they compute with them.

Only needed to make the files anew; the tests read them and need no Python:

    python3 -m venv venv && venv/bin/pip install flax keras numpy safetensors
    venv/bin/python make_networks.py

NAME.npz or NAME.safetensors holds the weights. NAME_expected.npz holds `frames` (steps x trials x inputs) and the
`outputs` (steps x trials x outputs) from the zero state: Flax computes in double precision, Keras, which does not
bring itself to it with JAX, in single precision.
"""

import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"

import jax

jax.config.update("jax_enable_x64", True)

import flax.linen as nn
import keras
import numpy as np
from flax import traverse_util
from safetensors.numpy import save_file

STEPS, TRIALS, INPUTS, UNITS, OUTPUTS = 20, 2, 3, 4, 2
HERE = pathlib.Path(__file__).parent / "networks"
random = np.random.default_rng(2021)
frames = random.standard_normal((TRIALS, STEPS, INPUTS))


def put(name, weights, outputs):
    weights = {key: np.ascontiguousarray(value, dtype=np.float64) for key, value in weights.items()}
    if name.endswith(".npz"):
        np.savez(HERE / name, **weights)
    else:
        save_file(weights, HERE / name)
    np.savez(HERE / (name.split(".")[0] + "_expected.npz"), frames=frames.swapaxes(0, 1),
             outputs=np.asarray(outputs).swapaxes(0, 1))


class OfCell(nn.Module):
    """Flax: a cell run over time, and a readout."""

    cell: type
    options: dict
    dense: bool = True

    @nn.compact
    def __call__(self, x):
        x = nn.RNN(self.cell(UNITS, param_dtype=np.float64, **self.options), name="rnn")(x)
        return nn.Dense(OUTPUTS, param_dtype=np.float64)(x) if self.dense else x


def flax_network(name, cell, separator, dense=True, **options):
    network = OfCell(cell, options, dense)
    params = network.init(jax.random.key(1), frames)
    params = jax.tree.map(lambda w: np.asarray(w + 0.2 * random.standard_normal(w.shape)), params)  # biases are not 0
    put(name, traverse_util.flatten_dict(params, sep=separator), network.apply(params, frames))


def keras_network(name, layer, dense=True, **options):
    keras.utils.clear_session()
    network = keras.Sequential([keras.Input((STEPS, INPUTS)), layer(UNITS, return_sequences=True, **options)] +
                               ([keras.layers.Dense(OUTPUTS)] if dense else []))
    network.set_weights([w + 0.2 * random.standard_normal(w.shape) for w in network.get_weights()])
    put(name, {weight.path: np.asarray(weight.numpy()) for weight in network.weights}, network(frames))


def main():
    HERE.mkdir(exist_ok=True)
    flax_network("flax_gru.safetensors", nn.GRUCell, ".")
    flax_network("flax_gru_slashes.npz", nn.GRUCell, "/", dense=False)
    flax_network("flax_lstm.npz", nn.LSTMCell, ".")
    flax_network("flax_optimized_lstm.safetensors", nn.OptimizedLSTMCell, "/")
    flax_network("flax_simple.npz", nn.SimpleCell, ".")
    flax_network("flax_simple_relu.npz", nn.SimpleCell, ".", activation_fn=nn.relu)
    flax_network("flax_mgu.safetensors", nn.MGUCell, ".")  # refused: the cell is another one
    jax.config.update("jax_enable_x64", False)
    layers = keras.layers
    keras_network("keras_gru.npz", layers.GRU)
    keras_network("keras_gru_before.safetensors", layers.GRU, reset_after=False)
    keras_network("keras_gru_no_bias.npz", layers.GRU, dense=False, use_bias=False)
    keras_network("keras_lstm.safetensors", layers.LSTM)
    keras_network("keras_simple.npz", layers.SimpleRNN)
    keras_network("keras_simple_relu.npz", layers.SimpleRNN, activation="relu")


if __name__ == "__main__":
    main()
