"""The default solver and newton_krylov against the solvers that others have, from the same seeds.

solvers.py BUILD_FOLDER: reads what bench/searches.cpp wrote and measured in the same run, searches with
optimistix's Levenberg-Marquardt (jitted, all seeds at once by vmap), SciPy's bounded least squares, MINPACK's (by
SciPy) and SciPy's newton_krylov by GMRES, on one thread and in double precision, and writes
BUILD_FOLDER/parts/slow_points_solvers.json: seconds, ratios of engram's to theirs, and where engram's S is above
theirs, of which only states within the bounds count.
"""

import json
import os
import sys
import time

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import numpy
import optimistix
import scipy.optimize
import scipy.sparse

jax.config.update("jax_enable_x64", True)
build = sys.argv[1]
with open(f"{build}/parts/slow_points.json") as file:
    engram = json.load(file)
class Results(dict):
    """Figures that are printed as they come: some take minutes."""

    def __setitem__(self, key, value):
        print(f"  {key} = {value:.4g}", flush=True)
        super().__setitem__(key, value)


results = Results()


def doubles(name, *shapes):
    numbers = numpy.fromfile(f"{build}/{name}")
    pieces = numpy.split(numbers, numpy.cumsum([numpy.prod(shape, dtype=int) for shape in shapes])[:-1])
    return [piece.reshape(shape) for piece, shape in zip(pieces, shapes)]


def optimistix_search(residual, seeds):
    solver = optimistix.LevenbergMarquardt(rtol=1e-10, atol=1e-12)

    @jax.jit
    @jax.vmap
    def search(h):
        return optimistix.least_squares(lambda x, _: residual(x), solver, h, max_steps=500, throw=False).value

    search(seeds).block_until_ready()
    begin = time.process_time()
    states = search(seeds).block_until_ready()
    return time.process_time() - begin, numpy.asarray(states)


def scipy_search(residual, jacobian, seeds, **options):
    """One seed after the other, to SciPy's own limit of 100 d evaluations where no other one is given."""
    begin = time.process_time()
    limits = {"xtol": 1e-12, "ftol": 1e-15, "gtol": 1e-12}
    states = numpy.array(
        [scipy.optimize.least_squares(residual, seed, jacobian, **limits, **options).x for seed in seeds]
    )
    return time.process_time() - begin, states


def compare(key, residual, residual_np, jacobian_np, seeds, few):
    """One network: `few` of the seeds for the solvers that take one at a time, their seconds scaled up."""
    ours = numpy.array(engram[f"{key}.search_speeds"], dtype=float)
    own_seconds = engram[f"{key}.search_seconds"]
    peers = {"optimistix": lambda: optimistix_search(residual, jnp.asarray(seeds))}
    # MINPACK knows no bounds and goes on outside them for minutes a seed.
    peers["minpack"] = lambda: scipy_search(residual_np, jacobian_np, seeds[:few], method="lm", max_nfev=200)
    peers["scipy_bounded"] = lambda: scipy_search(
        residual_np, jacobian_np, numpy.clip(seeds[:few], -1, 1), bounds=(-1, 1), method="trf")
    for name, search in peers.items():
        seconds, states = search()
        seconds *= len(seeds) / len(states)
        speeds = numpy.linalg.norm([residual_np(h) for h in states], axis=1)
        inside = numpy.abs(states).max(axis=1) <= 1
        results[f"{key}.{name}_seconds"] = seconds
        results[f"{key}.ratio_to_{name}"] = own_seconds / seconds
        results[f"{key}.{name}_inside"] = int(inside.sum())
        excess = ours[: len(states)] ** 2 - speeds**2
        results[f"{key}.S_above_{name}"] = int((excess[inside] > 1e-10).sum())
        results[f"{key}.S_below_{name}"] = int((excess[inside] < -1e-10).sum())


# The GRU under its mean input, from the centroids.
units = 200
recurrent, drive, seeds = doubles("slow_points_network.bin", (units, 3 * units), (3 * units,), (1000, units))


def gru(xp, sigmoid):
    def residual(h):
        gates = sigmoid(drive[: 2 * units] + h @ recurrent[:, : 2 * units])
        z, r = gates[:units], gates[units:]
        return z * (xp.tanh(drive[2 * units :] + (r * h) @ recurrent[:, 2 * units :]) - h)

    return residual


gru_np = gru(numpy, lambda x: 1 / (1 + numpy.exp(-x)))


def gru_jacobian(h):
    gates = 1 / (1 + numpy.exp(-(drive[: 2 * units] + h @ recurrent[:, : 2 * units])))
    z, r = gates[:units], gates[units:]
    n = numpy.tanh(drive[2 * units :] + (r * h) @ recurrent[:, 2 * units :])
    u_z, u_r, u_n = (recurrent[:, i * units : (i + 1) * units].T for i in range(3))
    inner = u_n * r + (u_n * h) @ ((r * (1 - r))[:, None] * u_r)
    return (z * (1 - z) * (n - h))[:, None] * u_z + (z * (1 - n * n))[:, None] * inner - numpy.diag(z)


compare("slow_points.gru200", gru(jnp, jax.nn.sigmoid), gru_np, gru_jacobian, seeds[:10], 3)

# A random tanh network.
d, many = 100, 200
weights, bias, seeds = doubles("slow_points_tanh100.bin", (d, d), (d,), (many, d))


def tanh_jacobian(h):
    return (1 - numpy.tanh(weights @ h + bias) ** 2)[:, None] * weights - numpy.eye(d)


compare("slow_points.tanh100", lambda h: jnp.tanh(weights @ h + bias) - h,
        lambda h: numpy.tanh(weights @ h + bias) - h, tanh_jacobian, seeds, 5)

# Sparse networks of 5,000 units: products with the derivative, or values of F in its place.
d, fan_in = 5000, 20
for gain in ("0.95", "1.1", "1.5"):
    columns, entries, bias, seed = doubles(f"slow_points_sparse_{gain}.bin", (d * fan_in,), (d * fan_in,), (d,), (d,))
    sparse = scipy.sparse.csr_matrix((entries, (numpy.repeat(numpy.arange(d), fan_in), columns.astype(int))), (d, d))
    count = 0

    def residual(h):
        global count
        count += 1
        return numpy.tanh(sparse @ h + bias) - h

    key = f"slow_points.sparse5000.gain{gain}"
    begin = time.process_time()
    try:
        state = scipy.optimize.newton_krylov(residual, seed, method="gmres", f_tol=1e-9, maxiter=200,
                                             tol_norm=numpy.linalg.norm)
    except scipy.optimize.NoConvergence as failure:
        state = failure.args[0]
    results[f"{key}.scipy_seconds"] = time.process_time() - begin
    results[f"{key}.scipy_products"] = count
    results[f"{key}.scipy_speed"] = float(numpy.linalg.norm(residual(state)))
    results[f"{key}.products_ratio_to_scipy"] = engram[f"{key}.products"] / results[f"{key}.scipy_products"]

with open(os.path.join(build, "parts", "slow_points_solvers.json"), "w") as file:
    json.dump(results, file, indent=2)
