#!/usr/bin/env bash
# Fuzzes every reader with libFuzzer under the address and undefined-behaviour sanitizers.
#   bash tests/fuzz/run.sh [RUNS [TARGET...]]      RUNS a target, a million if not given; all targets if none
# Needs clang++ with its compiler-rt. New inputs are kept in the build folder, ENGRAM_FUZZ_BUILD
# (by default build/fuzz); the seed corpus is left as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-1000000}
[[ $runs =~ ^[1-9][0-9]*$ ]] || { echo "run.sh: RUNS is '$runs', expected a whole number" >&2; exit 2; }
shift $(($# > 0))
targets=("$@")
[ $# -gt 0 ] || targets=(npy npz safetensors checkpoint inflate idx cifar10 pytorch pytorch_file weights resume)
build=${ENGRAM_FUZZ_BUILD:-build/fuzz}

for target in "${targets[@]}"; do
    mkdir -p "$build/$target"
    clang++ -std=c++20 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
        -Iinclude "tests/fuzz/fuzz_$target.cpp" -o "$build/fuzz_$target" -lz -lopenblas -ldl
    echo "== $target, $runs runs"
    "$build/fuzz_$target" -runs="$runs" -max_len=8192 -rss_limit_mb=1024 -malloc_limit_mb=256 -timeout=10 \
        -print_final_stats=1 -print_funcs=0 -verbosity=0 "$build/$target" "tests/fuzz/corpus/$target" 2>&1 |
        sed '/^###### Recommended/,/^###### End/d'
done
