"""Training steps in PyTorch: fresh noise, forward, backward, Adam. Settings: CELL VARIANT THREADS.

Variants: `builtin` (nn.GRU, nn.LSTM), and a cell written by hand as `eager`, `scripted` (torch.jit) and
`compiled` (torch.compile with the default back end). All of them take the input's part of all steps in one
product, flush denormals and use the fused Adam.
"""

import time

import numpy
import torch
from torch import nn
from torch.nn import functional

from common import BATCH, DEVIATION, INPUTS, LEARNING_RATE, MEAN, MINIMAL_DELAY, OUTPUTS, STEPS, UNITS, serve

torch.manual_seed(0)
torch.set_flush_denormal(True)


class HandGRU(nn.Module):
    """Reset before the product, as in engram's default."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(INPUTS, 3 * UNITS) / INPUTS**0.5)
        self.u_gates = nn.Parameter(torch.randn(UNITS, 2 * UNITS) / UNITS**0.5)
        self.u_own = nn.Parameter(torch.randn(UNITS, UNITS) / UNITS**0.5)
        self.b = nn.Parameter(torch.zeros(3 * UNITS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps, batch = x.shape[0], x.shape[1]
        given = torch.addmm(self.b, x.view(steps * batch, -1), self.w).view(steps, batch, -1)
        h = torch.zeros(batch, self.u_own.shape[0])
        states = []
        for t in range(steps):
            gates, own = given[t].split([self.u_gates.shape[1], self.u_own.shape[1]], 1)
            z, r = torch.sigmoid(torch.addmm(gates, h, self.u_gates)).chunk(2, 1)
            n = torch.tanh(torch.addmm(own, r * h, self.u_own))
            h = h + z * (n - h)
            states.append(h)
        return torch.stack(states)


class HandLSTM(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(INPUTS, 4 * UNITS) / INPUTS**0.5)
        self.u = nn.Parameter(torch.randn(UNITS, 4 * UNITS) / UNITS**0.5)
        self.b = nn.Parameter(torch.zeros(4 * UNITS))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps, batch = x.shape[0], x.shape[1]
        given = torch.addmm(self.b, x.view(steps * batch, -1), self.w).view(steps, batch, -1)
        h = torch.zeros(batch, self.u.shape[0])
        c = torch.zeros(batch, self.u.shape[0])
        states = []
        for t in range(steps):
            f, i, o, g = torch.addmm(given[t], h, self.u).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            states.append(h)
        return torch.stack(states)


class Builtin(nn.Module):
    def __init__(self, cell):
        super().__init__()
        self.layer = (nn.GRU if cell == "gru" else nn.LSTM)(INPUTS, UNITS)

    def forward(self, x):
        return self.layer(x)[0]


class Model(nn.Module):
    def __init__(self, recurrent):
        super().__init__()
        self.recurrent = recurrent
        self.readout = nn.Linear(UNITS, OUTPUTS)

    def forward(self, x, targets, weights):
        outputs = self.readout(self.recurrent(x)).view(-1, OUTPUTS)
        loss = functional.cross_entropy(outputs, targets.view(-1), reduction="none")
        return (loss * weights.view(-1)).mean()


def fastest_noise():
    """PyTorch's own normal deviates are slow on a processor: take the fastest source at hand."""
    numbers = numpy.random.Generator(numpy.random.SFC64(0))

    def by_torch(x):
        x.normal_(MEAN, DEVIATION)

    def by_numpy(x):
        numbers.standard_normal(dtype=numpy.float32, out=x.numpy())
        x.mul_(DEVIATION).add_(MEAN)

    x = torch.empty(STEPS, BATCH, INPUTS)
    seconds = {}
    for source in (by_torch, by_numpy):
        for _ in range(3):
            begin = time.perf_counter()
            source(x)
            seconds[source] = min(seconds.get(source, 1e9), time.perf_counter() - begin)
    return min(seconds, key=seconds.get)


noise = fastest_noise()
images = torch.rand(1000, INPUTS - 1)
labels = torch.arange(1000) % (OUTPUTS - 1) + 1
trial = torch.arange(BATCH)


def fill(x, targets, weights):
    """The trials of one step, in place."""
    noise(x)
    shown = torch.randint(0, STEPS - MINIMAL_DELAY, (BATCH,))
    asked = shown + MINIMAL_DELAY + (torch.rand(BATCH) * (STEPS - shown - MINIMAL_DELAY)).long()
    image = torch.randint(0, len(images), (BATCH,))
    x[:, :, -1] = 0
    x[shown, trial, :-1] = images[image]
    x[asked, trial, -1] = 1
    targets.zero_()
    targets[asked, trial] = labels[image]
    weights.fill_(1)
    weights[asked, trial] = STEPS


def prepare(cell, variant, threads):
    threads = int(threads)
    torch.set_num_threads(threads)
    if variant == "builtin":
        recurrent = Builtin(cell)
    else:
        recurrent = HandGRU() if cell == "gru" else HandLSTM()
    if variant == "scripted":
        recurrent = torch.jit.script(recurrent)
    model = Model(recurrent)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE, fused=True)
    loss_of = torch.compile(model) if variant == "compiled" else model
    x = torch.empty(STEPS, BATCH, INPUTS)
    targets = torch.zeros(STEPS, BATCH, dtype=torch.long)
    weights = torch.empty(STEPS, BATCH)

    def step():
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        fill(x, targets, weights)
        optimizer.zero_grad(set_to_none=True)
        loss_of(x, targets, weights).backward()
        optimizer.step()

    return step, lambda: None


serve(prepare)
