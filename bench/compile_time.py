"""Compile times as ratios to that of a file that only includes xtensor's headers.

compile_time.py BUILD_FOLDER REPETITIONS: the files of bench/compile take turns, compiled as a user would
compile them; writes BUILD_FOLDER/parts/compile.json.
"""

import json
import os
import resource
import statistics
import subprocess
import sys

build, repetitions = sys.argv[1], int(sys.argv[2])
here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
compiler = os.environ.get("CXX", "g++").split()[-1]  # without ccache: it would not compile at all
command = [compiler, "-std=c++20", "-O2", "-march=native", "-DXTENSOR_USE_XSIMD", f"-I{root}/include", "-c"]


def seconds(name):
    """Processor seconds, which other programs on the machine disturb less."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*command, f"{here}/compile/{name}.cpp", "-o", "/dev/null"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


names = {"xtensor_only": None, "one_search": "compile.dynamics", "train_gru": "compile.training",
         "whole_study": "compile.study"}
times = {name: [] for name in names}
for turn in range(repetitions + 1):
    for name in names:
        taken = seconds(name)
        if turn > 0:  # the first turn fills the page cache
            times[name].append(taken)
results = {"compile.xtensor_seconds": statistics.median(times["xtensor_only"])}
for name, key in names.items():
    if key:
        results[f"{key}.seconds"] = statistics.median(times[name])
        results[f"{key}.ratio"] = statistics.median(a / b for a, b in zip(times[name], times["xtensor_only"]))
os.makedirs(f"{build}/parts", exist_ok=True)
with open(f"{build}/parts/compile.json", "w") as file:
    json.dump(results, file, indent=2)
