"""What searches cost as the dimension grows: BUILD_FOLDER/cost_dimension.csv and parts/dimension.json.

cost_dimension.py BUILD_FOLDER [--quick]

Each size is a process of its own, a run of bench_dimension: memory once taken would count for all that follows.
"""

import json
import math
import subprocess
import sys

build, quick = sys.argv[1], "--quick" in sys.argv
SIZES = (10, 30, 100, 300, 1000, 2000, 5000, 10_000, 20_000)
DENSE_LIMIT = 300 if quick else 2000


def measured(solver, d):
    """Processor seconds of a search, its iterations, and the process's peak of memory in megabytes."""
    output = subprocess.run(
        [f"{build}/bench/bench_dimension", f"--benchmark_filter=^{solver}/{d}/", "--benchmark_min_time=0.2",
         "--benchmark_format=json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    run = json.loads(output)["benchmarks"][0]
    return 1e-3 * run["cpu_time"], int(run["solver_iterations"]), run["megabytes"]


def exponent(points):
    """The exponent b of y = a x^b through points, by least squares of the logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


figures, points = {}, {"krylov": [], "dense": []}
with open(f"{build}/cost_dimension.csv", "w") as table:
    table.write("# d krylov_seconds krylov_iterations dense_seconds dense_iterations krylov_megabytes "
                "dense_megabytes\n")
    for d in SIZES:
        costs = {"krylov": measured("krylov", d), "dense": (math.nan, math.nan, math.nan)}
        if d <= DENSE_LIMIT:
            costs["dense"] = measured("dense", d)
        for solver, (seconds, iterations, _) in costs.items():
            if d >= 100 and not math.isnan(seconds):
                points[solver].append((d, seconds / iterations))
        krylov, dense = costs["krylov"], costs["dense"]
        table.write(f"{d} {krylov[0]} {krylov[1]} {dense[0]} {dense[1]} {krylov[2]:.0f} {dense[2]:.0f}\n")
        table.flush()
        figures[f"slow_points.scaling.krylov_megabytes_at_{d}"] = round(krylov[2])
for solver, of_solver in points.items():
    figures[f"slow_points.scaling.{solver}_dimension_exponent"] = exponent(of_solver)
with open(f"{build}/parts/dimension.json", "w") as file:
    json.dump(figures, file, indent=2)
    file.write("\n")
