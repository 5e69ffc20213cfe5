"""The slow points of engram's trained GRU, searched for with Adam in PyTorch.

pytorch_slow_points.py BUILD_FOLDER STEPS: all ten seeds at once, in double precision, by the published protocol
(Adam 1e-3, a tenth of it from 40 of 100 thousand steps, states clipped to [-1, 1]); reads
BUILD_FOLDER/slow_points_network.bin, writes BUILD_FOLDER/parts/slow_points_pytorch.json. With fewer than
100,000 steps the time is scaled up, and speeds are not compared. Then 10, 100 and 1,000 states about the seeds,
some steps of each, scaled up.
"""

import json
import os
import sys
import time

import numpy
import torch

build, steps = sys.argv[1], int(sys.argv[2])
units, protocol = 200, 100_000
numbers = torch.from_numpy(numpy.fromfile(f"{build}/slow_points_network.bin"))
sizes = [units * 3 * units, 3 * units, 10 * units, 10]
recurrent, drive, centroids, adam_speeds = numbers.split(sizes)
recurrent, centroids = recurrent.view(units, 3 * units), centroids.view(10, units)
u_gates, u_own = recurrent[:, : 2 * units].contiguous(), recurrent[:, 2 * units :].contiguous()
drive_gates, drive_own = drive[: 2 * units], drive[2 * units :]
torch.set_flush_denormal(True)


def residual(h):
    z, r = torch.sigmoid(torch.addmm(drive_gates, h, u_gates)).chunk(2, 1)
    return z * (torch.tanh(torch.addmm(drive_own, r * h, u_own)) - h)


def squared_speeds(h):
    return residual(h).square().sum(1)


def seconds_a_step(loss_of, threads, count, seeds=centroids):
    """Adam's steps, and the states they lead to."""
    torch.set_num_threads(threads)
    h = seeds.clone().requires_grad_()
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
    compiled(centroids.clone().requires_grad_()).sum().backward()
    ways["compiled"] = compiled
except Exception as problem:  # no compiler for torch.compile here
    print("  torch.compile does not work here:", " ".join(str(problem).split())[:200])


def fastest_setting(count, seeds=centroids):
    """The way and the threads with which a step takes least, and the seconds it takes."""
    tried = {}
    for name, way in ways.items():
        seconds_a_step(way, 1, 20, seeds)
        for threads in (1, 2):
            tried[name, threads] = min(seconds_a_step(way, threads, count, seeds)[0] for _ in range(3))
    return min(tried.items(), key=lambda one: one[1])


(name, threads), _ = fastest_setting(100)
per_step, states = seconds_a_step(ways[name], threads, steps)
results = {
    "slow_points.gru200.pytorch_seconds": per_step * protocol,
    "slow_points.gru200.pytorch_setting": f"{name}, {threads} thread(s)",
    "slow_points.gru200.pytorch_steps": steps,
}
if steps == protocol:
    speeds = squared_speeds(states).sqrt()
    results["slow_points.gru200.speeds_pytorch"] = speeds.tolist()
    results["slow_points.gru200.pytorch_largest_difference_of_speed"] = (speeds - adam_speeds).abs().max().item()
torch.manual_seed(5)
for seeds in (10, 100, 1000):
    near = centroids.repeat(seeds // 10, 1)
    near = (near + 0.05 * torch.randn_like(near)).clamp(-1, 1)
    (name, threads), per_step = fastest_setting(max(20, 2000 // seeds), near)
    results[f"slow_points.gru200.seeds{seeds}.pytorch_seconds"] = per_step * protocol
with open(os.path.join(build, "parts", "slow_points_pytorch.json"), "w") as file:
    json.dump(results, file, indent=2)
