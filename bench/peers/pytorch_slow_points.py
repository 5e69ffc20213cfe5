"""The slow points of engram's trained GRU, searched for with Adam in PyTorch.

pytorch_slow_points.py BUILD_FOLDER: all of the first 10, 100 and 1,000 seeds at once, in double precision, by the
published protocol (Adam 1e-3, a tenth of it from two fifths of the steps on, states clipped to [-1, 1]), from the
seeds and with the numbers of steps of engram's own run (bench/searches.cpp). Compares the states with those
that engram came to, and writes BUILD_FOLDER/parts/slow_points_pytorch.json. Seconds are of the protocol's
100,000 steps, scaled up where fewer were taken.
"""

import json
import os
import sys
import time

import numpy
import torch

build = sys.argv[1]
units, protocol = 200, 100_000
sets = (10, 100, 1000)
# States closer than this, in units of their norm or of 1, are taken for the same point: Adam's last steps of
# 1e-4 leave every coordinate uncertain by about as much.
SAME = 0.01


def doubles(name):
    return torch.from_numpy(numpy.fromfile(f"{build}/{name}"))


recurrent, drive, seeds = doubles("slow_points_network.bin").split([units * 3 * units, 3 * units, sets[-1] * units])
recurrent, seeds = recurrent.view(units, 3 * units), seeds.view(-1, units)
ends = doubles("slow_points_ends.bin").view(-1, units).split([count for count in sets for _ in range(2)])
with open(f"{build}/parts/slow_points.json") as file:
    engram = json.load(file)
u_gates, u_own = recurrent[:, : 2 * units].contiguous(), recurrent[:, 2 * units :].contiguous()
drive_gates, drive_own = drive[: 2 * units], drive[2 * units :]
torch.set_flush_denormal(True)


def residual(h):
    z, r = torch.sigmoid(torch.addmm(drive_gates, h, u_gates)).chunk(2, 1)
    return z * (torch.tanh(torch.addmm(drive_own, r * h, u_own)) - h)


def squared_speeds(h):
    return residual(h).square().sum(1)


def descend(loss_of, threads, count, start):
    """The seconds that a step of Adam takes, and the states that `count` of them lead to."""
    torch.set_num_threads(threads)
    h = start.clone().requires_grad_()
    optimizer = torch.optim.Adam([h], lr=1e-3, fused=True)
    begin = time.perf_counter()
    for step in range(count):
        if step == 2 * count // 5:
            optimizer.param_groups[0]["lr"] = 1e-4
        optimizer.zero_grad(set_to_none=True)
        loss_of(h).sum().backward()
        optimizer.step()
        with torch.no_grad():
            h.clamp_(-1, 1)
    return (time.perf_counter() - begin) / count, h.detach()


ways = {"eager": squared_speeds}
try:
    compiled = torch.compile(squared_speeds)
    compiled(seeds[:10].clone().requires_grad_()).sum().backward()
    ways["compiled"] = compiled
except Exception as problem:  # no compiler for torch.compile here
    print("  torch.compile does not work here:", " ".join(str(problem).split())[:200])


def fastest_setting(count, start):
    """The way and the threads with which a step takes least."""
    tried = {}
    for name, way in ways.items():
        descend(way, 1, 20, start)
        for threads in (1, 2):
            tried[name, threads] = min(descend(way, threads, count, start)[0] for _ in range(3))
    return min(tried, key=tried.get)


def compare(states, others):
    """How far two sets of end states are apart, in speed, and in state where both came to the same point."""
    speeds, other_speeds = squared_speeds(states).sqrt(), squared_speeds(others).sqrt()
    differences = (speeds - other_speeds).abs()
    apart = (states - others).norm(dim=1)
    same = apart < SAME * others.norm(dim=1).clamp(min=1)
    result = {
        "same_point": int(same.sum()),
        "median_difference_of_speed": differences.nanmedian().item(),
        "largest_difference_of_speed": numpy.nanmax(differences.numpy()).item(),
        "where_pytorch_is_slower": int((speeds < other_speeds).sum()),
    }
    if same.any():
        result |= {
            "same_point.median_difference_of_speed": differences[same].median().item(),
            "same_point.largest_difference_of_speed": differences[same].max().item(),
            "same_point.median_difference_of_state": apart[same].median().item(),
            "same_point.largest_difference_of_state": apart[same].max().item(),
        }
    return result


results = {}
for index, count in enumerate(sets):
    key = f"slow_points.gru200.seeds{count}"
    steps, start = engram[f"{key}.adam_steps"], seeds[:count]
    name, threads = fastest_setting(max(20, 2000 // count), start)
    per_step, states = descend(ways[name], threads, steps, start)
    results[f"{key}.pytorch_seconds"] = per_step * protocol
    results[f"{key}.pytorch_steps"] = steps
    results[f"{key}.pytorch_setting"] = f"{name}, {threads} thread(s)"
    for solver, its_ends in (("adam", ends[2 * index]), ("default", ends[2 * index + 1])):
        results |= {f"{key}.pytorch_and_{solver}.{what}": value for what, value in compare(states, its_ends).items()}
with open(os.path.join(build, "parts", "slow_points_pytorch.json"), "w") as file:
    json.dump(results, file, indent=2)
