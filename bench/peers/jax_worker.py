"""Training steps in JAX: one jitted function with donated buffers. Settings: CELL GENERATOR UNROLL.

The number of threads is the first argument: JAX takes it once, from the processors it may run on.
"""

import os
import sys

threads = int(sys.argv[1])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
if threads == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

import functools

import jax
import jax.numpy as jnp

from common import BATCH, DEVIATION, INPUTS, LEARNING_RATE, MEAN, MINIMAL_DELAY, OUTPUTS, STEPS, UNITS, serve

images = jax.random.uniform(jax.random.key(5), (1000, INPUTS - 1))
labels = jnp.arange(1000) % (OUTPUTS - 1) + 1


def trials(key):
    of_noise, of_shown, of_asked, of_image = jax.random.split(key, 4)
    trial = jnp.arange(BATCH)
    x = MEAN + DEVIATION * jax.random.normal(of_noise, (STEPS, BATCH, INPUTS))
    shown = jax.random.randint(of_shown, (BATCH,), 0, STEPS - MINIMAL_DELAY)
    asked = jax.random.randint(of_asked, (BATCH,), shown + MINIMAL_DELAY, STEPS)
    image = jax.random.randint(of_image, (BATCH,), 0, len(images))
    x = x.at[:, :, -1].set(0).at[shown, trial, :-1].set(images[image]).at[asked, trial, -1].set(1)
    targets = jnp.zeros((STEPS, BATCH), jnp.int32).at[asked, trial].set(labels[image])
    weights = jnp.ones((STEPS, BATCH)).at[asked, trial].set(STEPS)
    return x, targets, weights


def states_of(cell, p, x, unroll):
    given = x @ p["w"] + p["b"]
    zero = jnp.zeros((BATCH, UNITS))
    if cell == "gru":

        def one(h, now):
            z, r = jnp.split(jax.nn.sigmoid(now[:, : 2 * UNITS] + h @ p["u"][:, : 2 * UNITS]), 2, 1)
            n = jnp.tanh(now[:, 2 * UNITS :] + (r * h) @ p["u"][:, 2 * UNITS :])
            h = h + z * (n - h)
            return h, h

        return jax.lax.scan(one, zero, given, unroll=unroll)[1]

    def one(state, now):
        h, c = state
        f, i, o, g = jnp.split(now + h @ p["u"], 4, 1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return jax.lax.scan(one, (zero, zero), given, unroll=unroll)[1]


def loss_of(p, cell, unroll, x, targets, weights):
    outputs = states_of(cell, p, x, unroll) @ p["v"] + p["c"]
    found = jnp.take_along_axis(jax.nn.log_softmax(outputs), targets[..., None], 2)[..., 0]
    return -(found * weights).mean()


@functools.partial(jax.jit, static_argnums=(0, 1), donate_argnums=(2,))
def train(cell, unroll, state):
    p, mean, square, step, key = state
    key, now = jax.random.split(key)
    gradient = jax.grad(loss_of)(p, cell, unroll, *trials(now))
    step = step + 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, square, gradient)
    rate = LEARNING_RATE / (1 - 0.9**step)
    scale = 1 / jnp.sqrt(1 - 0.999**step)
    p = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) * scale + 1e-8), p, mean, square)
    return p, mean, square, step, key


def prepare(cell, generator, unroll):
    gates = 3 if cell == "gru" else 4
    a, b, c = jax.random.split(jax.random.key(1), 3)
    p = {
        "w": jax.random.normal(a, (INPUTS, gates * UNITS)) / INPUTS**0.5,
        "u": jax.random.normal(b, (UNITS, gates * UNITS)) / UNITS**0.5,
        "b": jnp.zeros(gates * UNITS),
        "v": jax.random.normal(c, (UNITS, OUTPUTS)) / UNITS**0.5,
        "c": jnp.zeros(OUTPUTS),
    }
    zeros = lambda: jax.tree.map(jnp.zeros_like, p)
    state = [(p, zeros(), zeros(), jnp.zeros(()), jax.random.key(2, impl=generator))]

    def step():
        state[0] = train(cell, int(unroll), state[0])

    return step, lambda: jax.block_until_ready(state[0][0])


serve(prepare)
