#!/usr/bin/env bash
# Installs what is missing, builds the benchmarks, runs them one after the other and gathers their results in
# build/bench/summary.json. Options are handed to each of them, e.g. --benchmark_filter=gru.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source "$root/.ci/packages.sh"

install_packages "${library_packages[@]}" libbenchmark-dev python3 ccache
for tool in cmake g++ python3; do
    if ! command -v $tool >/dev/null; then
        echo "bench/run.sh: $tool is missing and could not be installed" >&2
        exit 1
    fi
done

build=$root/build/bench
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
mkdir -p "$build"
log=$build/build.log
if ! { cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DENGRAM_BUILD_TESTS=OFF \
    -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_DOCS=OFF &&
    cmake --build "$build" --parallel "$(nproc)"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "bench/run.sh: the benchmarks did not build; the whole output is in $log" >&2
    exit 1
fi

results=()
for source in "$here"/bench_*.cpp; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .cpp)
    echo "--- $name"
    "$build/bench/$name" --benchmark_out="$build/$name.json" --benchmark_out_format=json "$@"
    results+=("$build/$name.json")
done
if [ ${#results[@]} -eq 0 ]; then
    echo "bench/run.sh: there is no bench/bench_*.cpp" >&2
    exit 1
fi

# One file: the machine as the first benchmark saw it, and every result with its program's name.
python3 - "$build/summary.json" "${results[@]}" <<'PYTHON'
import json, os, sys

summary = {"context": None, "benchmarks": []}
for path in sys.argv[2:]:
    with open(path) as file:
        text = file.read()
    if not text.strip():
        continue  # a filter left nothing of this program
    part = json.loads(text)
    summary["context"] = summary["context"] or part["context"]
    program = os.path.splitext(os.path.basename(path))[0]
    summary["benchmarks"] += [{"program": program, **result} for result in part["benchmarks"]]
with open(sys.argv[1], "w") as file:
    json.dump(summary, file, indent=2)
    file.write("\n")
PYTHON
echo "all results are in $build/summary.json"
