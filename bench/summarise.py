"""Puts the parts that were measured together: BUILD_FOLDER/summary.json, and a table with the targets.

summarise.py BUILD_FOLDER ROOT
"""

import datetime
import glob
import json
import os
import platform
import subprocess
import sys

build, root = sys.argv[1:3]

# What a figure is to be: at least or at most this.
TARGETS = {
    "training_step.gru.threads1.roofline": (">=", 0.75),
    "training_step.gru.threads2.roofline": (">=", 0.75),
    "training_step.lstm.threads1.roofline": (">=", 0.75),
    "training_step.lstm.threads2.roofline": (">=", 0.75),
    "training_step.gru.speedup_2_threads": (">=", 1.8),
    "training_step.lstm.speedup_2_threads": (">=", 1.8),
    "noise.ns_per_normal": ("<=", 1.0),
    "recall.gru.threads2.roofline": (">=", 0.6),
    "training_step.gru.best_ratio_to_pytorch": ("<=", 0.6),
    "training_step.gru.best_ratio_to_jax": ("<=", 0.6),
    "training_step.lstm.best_ratio_to_pytorch": ("<=", 0.6),
    "training_step.lstm.best_ratio_to_jax": ("<=", 0.6),
    "slow_points.gru200.speedup_over_adam": (">=", 100),
    "slow_points.gru200.seeds_where_default_is_as_slow": (">=", 10),
    "slow_points.gru200.seeds10.speedup_over_pytorch": (">=", 100),
    "slow_points.gru200.ratio_to_optimistix": ("<=", 0.1),
    "slow_points.gru200.ratio_to_scipy_bounded": ("<=", 0.02),
    "slow_points.tanh100.ratio_to_optimistix": ("<=", 0.2),
    "continuation.gru100.seconds": ("<=", 60),
    "continuation.ring100.milliseconds_a_state": ("<=", 10),
    "slow_points.sparse5000.gain0.95.products_ratio_to_scipy": ("<=", 1),
    "slow_points.sparse5000.gain1.1.products_ratio_to_scipy": ("<=", 1),
    "slow_points.sparse5000.gain1.5.products_ratio_to_scipy": ("<=", 1),
    "compile.dynamics.ratio": ("<=", 2.0),
    "compile.training.ratio": ("<=", 2.5),
}


def output_of(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout.strip()
    except OSError:
        return ""


def processor():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def machine():
    python = f"{build}/venv/bin/python"
    # From the metadata: importing them takes seconds.
    versions = "from importlib.metadata import version; print(version('torch'), version('jax'))"
    peers = output_of(python, "-c", versions).split() if os.path.exists(python) else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "machine.processor": processor(),
        "machine.cores": os.cpu_count(),
        "machine.gigabytes": round(memory),
        "machine.kernel": platform.release(),
        "machine.compiler": output_of("g++", "--version").split("\n")[0],
        "machine.blas": blas(),
        "machine.pytorch": peers[0] if len(peers) == 2 else "none",
        "machine.jax": peers[1] if len(peers) == 2 else "none",
        "machine.date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "machine.commit": output_of("git", "-C", root, "rev-parse", "--short", "HEAD"),
    }


def blas():
    import ctypes

    for line in output_of("ldd", f"{build}/bench/worker").split("\n"):
        path = line.split("=>")[-1].split("(")[0].strip()
        if "blas" in line and os.path.exists(path):
            try:
                library = ctypes.CDLL(path)
                library.openblas_get_config.restype = ctypes.c_char_p
                return library.openblas_get_config().decode().strip()
            except (OSError, AttributeError):
                return os.path.realpath(path)
    return "unknown"


def continuation():
    """Medians of bench_continuation's figures."""
    path = f"{build}/bench_continuation.json"
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        medians = {run["run_name"].split("/")[0]: run for run in json.load(file)["benchmarks"]
                   if run.get("aggregate_name") == "median"}
    branch, ring = medians["branch_of_gru100"], medians["ring_of_100_units"]
    return {
        "continuation.gru100.seconds": 1e-3 * branch["cpu_time"],
        "continuation.gru100.points": int(branch["points"]),
        "continuation.gru100.folds": int(branch["folds"]),
        "continuation.ring100.milliseconds_a_state": ring["cpu_time"] / ring["states"],
    }


def main():
    summary = machine() | continuation()
    for path in sorted(glob.glob(f"{build}/parts/*.json")):
        with open(path) as file:
            summary |= json.load(file)
    if "slow_points.gru200.default_ms" in summary:  # the ten centroids are searched several times
        summary["slow_points.gru200.seeds10.default_seconds"] = summary["slow_points.gru200.default_ms"] / 1e3
    for seeds in (10, 100, 1000):
        key = f"slow_points.gru200.seeds{seeds}"
        for peer, seconds in (("adam", f"{key}.adam_seconds"), ("pytorch", f"{key}.pytorch_seconds")):
            if seconds in summary and f"{key}.default_seconds" in summary:
                summary[f"{key}.speedup_over_{peer}"] = summary[seconds] / summary[f"{key}.default_seconds"]
    with open(f"{build}/summary.json", "w") as file:
        json.dump(summary, file, indent=2)
        file.write("\n")

    width = max(map(len, summary))
    short = 0
    for key, value in summary.items():
        if isinstance(value, list):
            continue
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        note = ""
        if key in TARGETS:
            relation, target = TARGETS[key]
            met = value >= target if relation == ">=" else value <= target
            short += not met
            note = f"   wanted {relation} {target}" + ("" if met else "   MISSED")
        print(f"{key:{width}}  {text}{note}")
    for key in TARGETS:
        if key not in summary:
            print(f"{key:{width}}  not measured in this run")
    print(f"\n{short} of the {len(TARGETS)} targets missed; all figures are in {build}/summary.json")


main()
