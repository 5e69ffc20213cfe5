"""Fills the generated parts of docs/performance.md from a run's figures.

update_docs.py SUMMARY_JSON PAGE: what stands between `<!-- figures: NAME -->` and `<!-- end -->` is replaced.
"""

import json
import re
import sys
import textwrap

summary_path, page_path = sys.argv[1:3]
with open(summary_path) as file:
    figures = json.load(file)
with open(page_path) as file:
    page = file.read()


def number(key, form="{:.2f}"):
    value = figures.get(key)
    return "-" if value is None else form.format(value)


def table(head, *rows):
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def training():
    def row(name, cell, key, form="{:.2f}"):
        return [name] + [number(f"training_step.{cell}.threads{t}.{key}", form) for t in (1, 2)]

    rows = []
    for cell in ("gru", "lstm"):
        title = cell.upper()
        rows.append(row(f"{title}, ms a step", cell, "ms", "{:.1f}"))
        rows.append(row(f"{title}, share of the roofline", cell, "roofline"))
    rows.append(["sgemm at the main shape, GFLOP/s"]
                + [number(f"sgemm.threads{t}.gflops", "{:.0f}") for t in (1, 2)])
    rows.append(["recall curve to delay 1,000, share of its roofline"]
                + [number(f"recall.gru.threads{t}.roofline") for t in (1, 2)])
    text = table(["", "1 thread", "2 threads"], *rows)
    return text + (
        f"\n\nA second thread makes a step {number('training_step.gru.speedup_2_threads')} (GRU) and "
        f"{number('training_step.lstm.speedup_2_threads')} (LSTM) times as fast, the product itself "
        f"{number('sgemm.speedup_2_threads')} times. A normal deviate takes {number('noise.ns_per_normal')} ns.")


def peers():
    if "training_step.gru.best_ratio_to_pytorch" not in figures:
        return "The last run had no peers."
    rows = []
    for cell in ("gru", "lstm"):
        for threads in (1, 2):
            key = f"training_step.{cell}.threads{threads}"
            row = [f"{cell.upper()}, {threads} thread{'s' if threads > 1 else ''}", number(f"{key}.ms", "{:.1f}")]
            for peer in ("pytorch", "jax"):
                setting = " ".join(w for w in figures.get(f"{key}.{peer}_setting", "").split()[1:]
                                   if not (peer == "pytorch" and w.isdigit()))
                row += [f"{number(f'{key}.{peer}_ms', '{:.1f}')} ({setting})", number(f"{key}.ratio_to_{peer}")]
            rows.append(row)
    return table(["ms a step", "engram", "PyTorch (its fastest setting)", "ratio", "JAX (its fastest setting)",
                  "ratio"], *rows)


def slow_points():
    key = "slow_points.gru200"
    rows = [
        ["engram, default (levenberg_marquardt)", number(f"{key}.default_ms", "{:.0f} ms"), "1"],
        ["engram, adam_descent", number(f"{key}.adam_seconds", "{:.1f} s"), number(f"{key}.speedup_over_adam", "{:.0f}")],
    ]
    ten = f"{key}.seeds10"
    if f"{ten}.pytorch_seconds" in figures:
        rows.append([f"PyTorch, Adam ({figures[f'{ten}.pytorch_setting']})", number(f"{ten}.pytorch_seconds", "{:.1f} s"),
                     number(f"{ten}.speedup_over_pytorch", "{:.0f}")])
    many = [[f"{n:,}", number(f"{key}.seeds{n}.default_seconds", "{:.2f} s"),
             number(f"{key}.seeds{n}.adam_seconds", "{:.0f} s"), number(f"{key}.seeds{n}.speedup_over_adam", "{:.0f}"),
             number(f"{key}.seeds{n}.pytorch_seconds", "{:.0f} s")]
            for n in (10, 100, 1000) if f"{key}.seeds{n}.default_seconds" in figures]
    def compared(n, solver):
        pair = f"{key}.seeds{n}.pytorch_and_{solver}"
        differences = [f"{number(f'{pair}.same_point.median_difference_of_{what}', '{:.0e}')}, "
                       f"{number(f'{pair}.same_point.largest_difference_of_{what}', '{:.0e}')}"
                       for what in ("speed", "state")]
        return [f"{n:,} seeds, {solver}", number(f"{key}.seeds{n}.pytorch_steps", "{:,}"),
                number(f"{pair}.same_point", "{:,}"), *differences,
                number(f"{pair}.where_pytorch_is_slower", "{:,}")]

    pairs = [compared(n, solver) for solver in ("adam", "default") for n in (10, 100, 1000)
             if f"{key}.seeds{n}.pytorch_steps" in figures]
    against_pytorch = [
        "PyTorch's Adam starts from the same seeds, the ten centroids first, and takes as many steps as adam_descent. "
        "End states nearer than a hundredth of their norm are taken for the same point; differences are the median "
        "and the largest one of those.",
        table(["PyTorch's end states and engram's", "Adam's steps", "same point", "difference of speed",
               "of state", "PyTorch's slower"], *pairs),
    ] if pairs else []
    return "\n\n".join([
        table(["ten class centroids", "time", "times the default's"], *rows),
        f"Run to its end, which takes {number(f'{key}.default_whole_search_ms', '{:.0f}')} ms, the default's S is "
        f"not above the protocol's at {figures.get(f'{key}.seeds_where_default_is_as_slow', '-')} of ten.",
        table(["seeds", "default", "adam_descent", "ratio", "Adam in PyTorch, two threads at most"], *many),
        "The default searches until each seed is as slow as Adam's 100,000 steps make it; run to its end it comes to "
        f"states no faster than Adam's at {number(f'{key}.seeds100.where_default_is_as_slow', '{:.0f}')} of 100. "
        "Adam's times are scaled up from fewer steps. With equal iterations a search's "
        f"time grows as seeds^{number('slow_points.scaling.seeds_exponent')}; an iteration on a sparse network of "
        f"d units as d^{number('slow_points.scaling.dense_dimension_exponent')} with levenberg_marquardt (100 to "
        f"2,000) and as d^{number('slow_points.scaling.krylov_dimension_exponent')} with newton_krylov (100 to "
        "20,000). At the largest d the process of newton_krylov's search takes "
        f"{number('slow_points.scaling.krylov_megabytes_at_20000', '{:.0f}')} MB in all.",
        *against_pytorch,
    ])


def memory_and_compiling():
    rows = [[f"memory of training, {cell.upper()}, {t} thread{'s' if t > 1 else ''}",
             number(f"training_step.{cell}.threads{t}.megabytes_of_training", "{:.0f} MB")]
            for cell in ("gru", "lstm") for t in (1, 2)]
    rows.append(["compiling xtensor.hpp and xlinalg.hpp alone", number("compile.xtensor_seconds", "{:.1f} s")])
    for key, what in (("dynamics", "a search with engram/dynamics.hpp"), ("training", "training a GRU"),
                      ("study", "training, recall, centroids and slow points")):
        rows.append([f"compiling {what}", f"{number(f'compile.{key}.ratio')} times that"])
    return table(["", ""], *rows)


def machine():
    peers = ""
    if figures.get("machine.pytorch", "none") != "none":
        peers = f" PyTorch {figures['machine.pytorch']}, JAX {figures['machine.jax']}."
    return (f"{figures['machine.processor']}, {figures['machine.cores']} cores, {figures['machine.gigabytes']} GB; "
            f"{figures['machine.compiler']}, -O3 -march=native; {figures['machine.blas']}.{peers} Measured on "
            f"{figures['machine.date']} at commit {figures['machine.commit']}.")


def wrapped(text):
    """Paragraphs in lines of at most 120 characters; tables as they are."""
    return "\n\n".join(part if part.startswith("|") else textwrap.fill(part, 120, break_on_hyphens=False)
                       for part in text.split("\n\n"))


blocks = {"training": training, "peers": peers, "slow_points": slow_points,
          "memory_and_compiling": memory_and_compiling, "machine": machine}
for name, block in blocks.items():
    pattern = re.compile(rf"(<!-- figures: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    page, count = pattern.subn(lambda found: found[1] + wrapped(block()) + "\n" + found[2], page)
    if count != 1:
        sys.exit(f"update_docs.py: {page_path} has {count} places for the figures of '{name}', expected 1")
with open(page_path, "w") as file:
    file.write(page)
