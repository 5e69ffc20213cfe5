"""Writes reference.txt: what PyTorch computes for networks, losses and optimizers like engram's.

Only needed to make reference.txt anew; the tests read the file and need no Python:

    python3 -m venv venv && venv/bin/pip install torch numpy
    venv/bin/python make_reference.py > reference.txt

Every array is a line "name rows columns" and a line of its numbers, row by row. Weights stand in engram's
layout: states and inputs are rows, the gates of a GRU are [z | r | n] and those of an LSTM [f | i | o | g],
and PyTorch's z is 1 - z of engram. Inputs are exact in float, so both precisions start from the same numbers.
"""

import sys

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
draw = np.random.default_rng(2019)
HORIZON, BATCH, INPUTS, UNITS, OUTPUTS = 4, 3, 3, 5, 3


def random(*shape, scale=1.0):
    return torch.tensor(draw.normal(0, scale, shape).astype(np.float32).astype(np.float64))


def write(name, values):
    values = np.atleast_2d(np.asarray(values.detach() if torch.is_tensor(values) else values))
    print(name, *values.shape)
    print(*("%.17g" % v for v in values.ravel()))


def masked_cross_entropy(outputs, classes, weights, active, published):
    """Sum of weight times -log p; inactive outputs take no part."""
    scores = torch.sigmoid(outputs) if published else outputs
    scores = scores.masked_fill(active == 0, -torch.inf)
    log_p = torch.log_softmax(scores, dim=1).gather(1, classes[:, None])[:, 0]
    return (weights * -(torch.log(log_p.exp() + 1e-4) if published else log_p)).sum()


# --- networks -------------------------------------------------------------------------------------------------


def to_engram(cell, tensors):
    """PyTorch's (G H x I), (G H x H), (G H), (G H) in engram's layout: input, recurrent, bias, recurrent bias."""
    w_ih, w_hh, b_ih, b_hh = (list(t.split(UNITS)) for t in tensors)
    if cell == "elman":
        order = [0]
    elif cell == "lstm":
        order = [1, 0, 3, 2]  # i f g o -> f i o g
    else:
        order = [1, 0, 2]  # r z n -> z r n
        for blocks in (w_ih, w_hh, b_ih, b_hh):
            blocks[1] = -blocks[1]
    columns = lambda blocks: torch.cat([blocks[k] for k in order], dim=0).movedim(0, -1)
    return columns(w_ih), columns(w_hh), columns(b_ih), columns(b_hh)


def gru_before_step(x, h, u):
    (wz, wr, wn), (uz, ur, un) = x.split(UNITS, dim=1), u.split(UNITS, dim=1)
    z, r = torch.sigmoid(wz + h @ uz), torch.sigmoid(wr + h @ ur)
    return (1 - z) * h + z * torch.tanh(wn + (r * h) @ un)


def ugrnn_step(x, h, u):
    g, c = (x + h @ u).split(UNITS, dim=1)
    g, c = torch.sigmoid(g), torch.tanh(c)
    return g * h + (1 - g) * c


def minimal_gated_step(x, h, u):
    (wf, wn), (uf, un) = x.split(UNITS, dim=1), u.split(UNITS, dim=1)
    f = torch.sigmoid(wf + h @ uf)
    return (1 - f) * h + f * torch.tanh(wn + (f * h) @ un)


def leaky_step(x, h, u):
    return 0.7 * h + 0.3 * torch.tanh(x + h @ u)


def leaky_rates_step(x, h, u, theta):
    a = torch.sigmoid(theta + np.log(0.2 / 0.8))
    return (1 - a) * h + a * (x + torch.tanh(h) @ u)


def leaky_rate_step(x, h, u, theta):
    a = torch.sigmoid(theta + np.log(0.2 / 0.8))
    return (1 - a) * h + a * torch.tanh(x + h @ u)


def low_rank_step(x, h, mn):
    m, n = mn.split(2, dim=1)
    return 0.7 * h + 0.3 * (x + torch.tanh(h) @ (n @ m.T / UNITS))


# Cells that are not in PyTorch, written by hand: gates, columns of the recurrent weights, how many rates are learned.
BY_HAND = {
    "gru_before": (gru_before_step, 3, 3 * UNITS, 0),
    "ugrnn": (ugrnn_step, 2, 2 * UNITS, 0),
    "minimal_gated": (minimal_gated_step, 2, 2 * UNITS, 0),
    "leaky": (leaky_step, 1, UNITS, 0),
    "leaky_rates": (leaky_rates_step, 1, UNITS, UNITS),
    "leaky_rate": (leaky_rate_step, 1, UNITS, 1),
    "low_rank": (low_rank_step, 1, 4, 0),
}


def torch_cell(cell):
    return {"elman": torch.nn.RNN, "gru_after": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell](INPUTS, UNITS)


def network(cell):
    frames, start = random(HORIZON, BATCH, INPUTS), random(BATCH, UNITS, scale=0.5)
    start_c = random(BATCH, UNITS, scale=0.5)
    readout, readout_bias = random(UNITS, OUTPUTS), random(OUTPUTS, scale=0.1)
    for leaf in (start, start_c, readout, readout_bias):
        leaf.requires_grad_()
    if cell in BY_HAND:
        step, gates, columns, rates = BY_HAND[cell]
        weights = [random(INPUTS, gates * UNITS, scale=0.6), random(UNITS, columns, scale=0.6), random(gates * UNITS)]
        weights += [random(rates)] if rates else []
        for leaf in weights:
            leaf.requires_grad_()
        w, u, b, *theta = weights
        h, states = start, []
        for x in frames:
            h = step(x @ w + b, h, u, *theta)
            states.append(h)
        states = torch.stack(states)
    else:
        rnn = torch_cell(cell)
        with torch.no_grad():
            for p in rnn.parameters():
                p.copy_(random(*p.shape, scale=0.6))
            if cell != "gru_after":  # engram has one bias
                rnn.bias_hh_l0.zero_()
            else:
                rnn.bias_hh_l0[: 2 * UNITS] = 0
        states, end = rnn(frames, (start[None], start_c[None]) if cell == "lstm" else start[None])
    outputs = states @ readout + readout_bias
    classes = torch.tensor(draw.integers(0, OUTPUTS - 1, HORIZON * BATCH))
    weights_of_rows = random(HORIZON * BATCH).abs()
    active = torch.tensor([1, 1, 0])
    flat = outputs.reshape(HORIZON * BATCH, OUTPUTS)
    loss = masked_cross_entropy(flat, classes, weights_of_rows, active, False) / 12 + (flat**2).sum() / 8
    loss.backward()

    state = lambda h, c: torch.cat([h, c], dim=1) if cell == "lstm" else h
    write(cell + ".frames", frames.reshape(-1, INPUTS))
    write(cell + ".start", state(start, start_c))
    write(cell + ".classes", classes)
    write(cell + ".weights", weights_of_rows)
    write(cell + ".active", active)
    write(cell + ".outputs", flat)
    write(cell + ".states", states.reshape(-1, UNITS))
    write(cell + ".loss", loss)
    if cell in BY_HAND:
        parameters = [w, b, u, *theta]
        gradients = [p.grad for p in parameters]
    else:
        own = [rnn.weight_ih_l0, rnn.weight_hh_l0, rnn.bias_ih_l0, rnn.bias_hh_l0]
        w, u, b, c = to_engram(cell, own)
        dw, du, db, dc = to_engram(cell, [p.grad for p in own])
        parameters, gradients = [w, b, u], [dw, db, du]
        if cell == "gru_after":
            parameters.append(c[2 * UNITS :]), gradients.append(dc[2 * UNITS :])
    parameters += [readout, readout_bias]
    gradients += [readout.grad, readout_bias.grad]
    in_a_row = lambda tensors: torch.cat([t.reshape(-1) for t in tensors])
    write(cell + ".parameters", in_a_row(parameters))
    write(cell + ".d_parameters", in_a_row(gradients))
    write(cell + ".d_start", state(start.grad, start_c.grad))


# --- losses ---------------------------------------------------------------------------------------------------


def losses():
    rows, columns = 6, 5
    values, weights = random(rows, columns, scale=2.0), random(rows).abs()
    targets, active = random(rows, columns), torch.tensor([1, 1, 0, 1, 0])
    classes = torch.tensor([0, 1, 3, 0, 1, 3])
    for name, value in (("outputs", values), ("weights", weights), ("targets", targets),
                        ("active", active), ("classes", classes)):
        write("losses." + name, value)
    squares = lambda o: (weights * ((o - targets) ** 2).mean(dim=1)).sum()
    softmax = lambda o: masked_cross_entropy(o, classes, weights, active, False)
    published = lambda o: masked_cross_entropy(o, classes, weights, active, True)
    for name, loss_of in (("cross_entropy", softmax), ("published", published), ("squares", squares)):
        outputs = values.clone().requires_grad_()
        loss = loss_of(outputs)
        loss.backward()
        write("losses.%s.loss" % name, loss)
        write("losses.%s.d_outputs" % name, outputs.grad)


# --- optimizers -----------------------------------------------------------------------------------------------


def optimizers():
    parameters, updates = 19, 6
    start, gradients = random(parameters), random(updates, parameters)
    gradients[2] *= 100
    gradients[3] = 0
    write("optimizers.start", start)
    write("optimizers.gradients", gradients)
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.8),
        "rms_prop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.95, eps=1e-6),
        "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.8, 0.95), eps=1e-6),
        "adam_w": lambda p: torch.optim.AdamW(p, lr=0.01, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.3),
    }
    for name, make in makers.items():
        x = torch.nn.Parameter(start.clone())
        optimizer, path = make([x]), []
        for g in gradients:
            x.grad = g.clone()
            optimizer.step()
            path.append(x.detach().clone())
        write("optimizers." + name, torch.stack(path))


for one_cell in ("elman", "gru_before", "gru_after", "lstm"):
    network(one_cell)
losses()
optimizers()
for one_cell in ("ugrnn", "minimal_gated", "leaky", "leaky_rates", "low_rank", "leaky_rate"):
    network(one_cell)
print("written with PyTorch", torch.__version__, file=sys.stderr)
