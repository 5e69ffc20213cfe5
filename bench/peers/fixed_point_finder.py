"""The shipped flip-flop analysed by FixedPointFinder and by the command slow_points, in one run.

    PYTHONPATH=FOLDER fixed_point_finder.py SLOW_POINTS [--threads N] [--precision P] [--iterations N]

FOLDER is a checkout of FixedPointFinder (its version for PyTorch), SLOW_POINTS the built command. FixedPointFinder has the
options of its own flip-flop example, and both start from the same 1,024 states of its own choice: those of trajectories,
with noise of deviation 0.5. Prints what each found as lines of a table; seconds are of the processor, of the command
with its report's plots. Fixed points are counted by Newton's method in double precision, from what both found and from what
the command finds from 20,000 more such states. Needs torch, safetensors, numpy and what FixedPointFinder imports.
"""

import argparse
import contextlib
import io
import pathlib
import resource
import subprocess
import tempfile
import time

import numpy
import torch
from FixedPointFinderTorch import FixedPointFinderTorch
from safetensors.torch import load_file

options = argparse.ArgumentParser()
options.add_argument("slow_points")
options.add_argument("--threads", type=int, default=1)
options.add_argument("--precision", choices=["float32", "float64"], default="float32", help="of FixedPointFinder")
options.add_argument("--iterations", type=int, default=10_000, help="of FixedPointFinder, at most")
options.add_argument("--rate", type=float, default=1.0, help="Adam's step at the beginning, of FixedPointFinder")
options = options.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(1)
file = pathlib.Path(__file__).parents[2] / "examples" / "pytorch" / "flip_flop.safetensors"
weights = load_file(file)
BITS, UNITS = weights["rnn.weight_ih_l0"].shape[1], weights["rnn.weight_hh_l0"].shape[1]


def network(dtype):
    rnn = torch.nn.GRU(BITS, UNITS, batch_first=True, dtype=dtype)
    rnn.load_state_dict({name.removeprefix("rnn."): w.to(dtype) for name, w in weights.items() if name.startswith("rnn.")})
    return rnn.requires_grad_(False)


def trajectories():
    """States (trials x steps x units) under pulses that come with probability 0.15 a step and bit."""
    pulses = torch.randint(0, 2, (256, 60, BITS)) * 2.0 - 1.0
    return network(torch.float32)(pulses * (torch.rand(256, 60, BITS) < 0.15))[0].numpy()


double = network(torch.float64)


def step(x):
    return double(torch.zeros(len(x), 1, BITS, dtype=x.dtype), x[None])[1][0]


def root_from(x):
    """The fixed point that Newton's method leads to from near by, or None."""
    start = x
    for _ in range(12):
        jacobian = torch.autograd.functional.jacobian(lambda h: step(h[None])[0], x)
        try:
            x = x - torch.linalg.solve(jacobian - torch.eye(UNITS, dtype=x.dtype), step(x[None])[0] - x)
        except torch.linalg.LinAlgError:
            return None
    return x if (step(x[None])[0] - x).norm() < 1e-12 and (x - start).norm() < 0.1 else None


roots = []


def index_of(root):
    for i, other in enumerate(roots):
        if (root - other).norm() < 1e-4:
            return i
    roots.append(root)
    return len(roots) - 1


def count(states):
    """Which fixed points states lead to, how many lead to one that others lead to, and how many to none."""
    found = [root_from(torch.as_tensor(x).double()) for x in states]
    indices = [index_of(root) for root in found if root is not None]
    return set(indices), len(indices) - len(set(indices)), len(found) - len(indices)


def seconds_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def command(seeds, folder):
    numpy.save(folder / "seeds.npy", seeds.astype("float64"))
    begin = seconds_of_children()
    subprocess.run([options.slow_points, "--network", file, "--seeds", folder / "seeds.npy", "--quiet", "--threads",
                    str(options.threads), "--out", folder / "out"], check=True, stdout=subprocess.DEVNULL)
    seconds = seconds_of_children() - begin
    found = numpy.load(folder / "out" / "points.npz")
    return found["states"], found["is_fixed"].astype(bool), seconds


peer = FixedPointFinderTorch(network(getattr(torch, options.precision)), max_iters=options.iterations, lr_init=options.rate,
                             outlier_distance_scale=10.0, verbose=False, super_verbose=False, dtype=options.precision)
visited = trajectories()
seeds = peer.sample_states(visited, n_inits=1024, noise_scale=0.5)
more = peer.sample_states(visited, n_inits=20_000, noise_scale=0.5)
with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    states, fixed, seconds = command(seeds, folder)
    whole = {"slow_points": (count(states[fixed]), len(states), int((~fixed).sum()), seconds)}
    begin = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        unique, _ = peer.find_fixed_points(seeds.astype(options.precision), numpy.zeros([1, BITS], options.precision))
    seconds = time.process_time() - begin
    found = count(unique.xstar)
    whole[f"FixedPointFinder, {options.precision}, {int(unique.n_iters.max())} iterations"] = (
        found, len(unique.xstar), found[2], seconds)
    print("q of its points, quartiles:", numpy.quantile(unique.qstar, [0, 0.25, 0.5, 0.75, 1]))
    states, fixed, _ = command(more, folder)
    count(states[fixed])
print(f"{len(roots)} fixed points are known; {options.threads} thread(s)")
print("way | points | of which fixed | duplicates | no fixed points | fixed points missed | seconds")
for name, ((found, duplicates, _), points, others, seconds) in whole.items():
    print(f"{name} | {points} | {len(found)} | {duplicates} | {others} | {len(roots) - len(found)} | {seconds:.1f}")
