#!/usr/bin/env bash
# Installs what is missing, builds and runs the benchmarks, prints a table and writes build/bench/summary.json.
#   --quick      fewer repetitions and sizes
#   --no-peers   without PyTorch and JAX, which are otherwise installed in build/bench/venv
#   --only LIST  only these parts, with commas: training,slow_points,curves,compile,kernels; the other parts'
#                figures stay those of earlier runs
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source "$root/.ci/packages.sh"
source "$root/.ci/blas_kernels.sh"

quick='' peers=1 only=training,slow_points,curves,compile,kernels
all=$only
while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=--quick ;;
        --no-peers) peers='' ;;
        --only) only=${2:?--only needs a list} && shift ;;
        -h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit ;;
        *) echo "bench/run.sh: unknown option $1; --help lists them" >&2 && exit 2 ;;
    esac
    shift
done
for part in ${only//,/ }; do
    if [[ ,$all, != *,$part,* ]]; then
        echo "bench/run.sh: --only takes parts of $all, found $part" >&2
        exit 2
    fi
done
wants() { [[ ,$only, == *,$1,* ]]; }

install_packages "${library_packages[@]}" libbenchmark-dev python3 python3-venv gnuplot-nox ccache
for tool in cmake g++ python3; do
    if ! command -v $tool >/dev/null; then
        echo "bench/run.sh: $tool is missing and could not be installed" >&2
        exit 1
    fi
done

build=$root/build/bench
generator=()
if command -v ninja >/dev/null && [ ! -e "$build/Makefile" ]; then generator=(-G Ninja); fi
mkdir -p "$build/parts"
log=$build/build.log
if ! { cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DENGRAM_BUILD_TESTS=OFF \
    -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_DOCS=OFF -DENGRAM_BUILD_BENCH=ON &&
    cmake --build "$build" --parallel "$(nproc)"; } >"$log" 2>&1; then
    cat "$log" >&2
    echo "bench/run.sh: the benchmarks did not build; the whole output is in $log" >&2
    exit 1
fi

if [ -n "$peers" ] && wants training || [ -n "$peers" ] && wants slow_points; then
    if ! "$build/venv/bin/python" -c 'import torch, jax' >/dev/null 2>&1; then
        echo "--- installing PyTorch and JAX in $build/venv"
        { python3 -m venv "$build/venv" && "$build/venv/bin/pip" install -q torch jax; } >"$build/venv.log" 2>&1 ||
            echo "bench/run.sh: PyTorch and JAX could not be installed (see $build/venv.log); going on without them"
    fi
    "$build/venv/bin/python" -c 'import torch, jax' >/dev/null 2>&1 || peers=''
fi
if [ -z "$peers" ]; then echo "--- without peers"; fi

# An environment may force an OpenBLAS core type that is not this processor's. engram and the peers are all
# measured with the BLAS's own choice, provided that it computes rightly.
# (An OpenBLAS older than the processor chooses badly; peers bring a BLAS of their own.)
peer=(env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE) natural=("${peer[@]}")
kernels=$(unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE && choose_blas_kernels "$build/bench/check_blas" &&
    echo "${OPENBLAS_CORETYPE:-}")
if [ -n "$kernels" ]; then natural+=("OPENBLAS_CORETYPE=$kernels"); fi
if ! "${natural[@]}" "$build/bench/check_blas"; then
    echo "bench/run.sh: this BLAS is wrong with its own settings; the environment's are kept"
    natural=()
    "$build/bench/check_blas"
fi

if [ "$only" = "$all" ]; then rm -f "$build"/parts/*.json; fi
export TORCHINDUCTOR_CACHE_DIR=$build/inductor_cache
if wants training; then
    echo "--- training steps, recall and noise"
    rm -f "$build/workers.log"
    "${natural[@]}" python3 "$here/take_turns.py" "$build" $quick $([ -n "$peers" ] || echo --no-peers)
fi
if wants slow_points; then
    echo "--- slow points"
    "${natural[@]}" "$build/bench/searches" "$build" $quick
    if [ -x "$build/bench/bench_dimension" ]; then
        "${natural[@]}" python3 "$here/cost_dimension.py" "$build" $quick
        # One thread: the BLAS's own cost more than they gain on matrices of 100 units.
        "${natural[@]}" env OPENBLAS_NUM_THREADS=1 "$build/bench/bench_continuation" --benchmark_out="$build/bench_continuation.json" \
            --benchmark_out_format=json --benchmark_repetitions=$([ -n "$quick" ] && echo 3 || echo 7) \
            --benchmark_report_aggregates_only=true 2>/dev/null
    fi
    if [ -n "$peers" ]; then
        "${peer[@]}" "$build/venv/bin/python" "$here/peers/pytorch_slow_points.py" "$build"
        if "$build/venv/bin/python" -c 'import scipy, optimistix' >/dev/null 2>&1 ||
            "$build/venv/bin/pip" install -q scipy optimistix >>"$build/venv.log" 2>&1; then
            "${peer[@]}" "$build/venv/bin/python" "$here/peers/solvers.py" "$build"
        else
            echo "bench/run.sh: SciPy and optimistix could not be installed (see $build/venv.log); going on without them"
        fi
    fi
fi
if wants compile; then
    echo "--- compile times"
    python3 "$here/compile_time.py" "$build" $([ -n "$quick" ] && echo 1 || echo 5)
fi
if wants curves; then
    echo "--- cost curves"
    "${natural[@]}" "$build/bench/cost_curves" "$build" $quick
fi
if wants kernels && [ -x "$build/bench/bench_kernels" ]; then
    echo "--- kernels"
    for program in bench_kernels bench_layers; do
        "${natural[@]}" "$build/bench/$program" --benchmark_min_time=0.05 --benchmark_out="$build/$program.json" \
            --benchmark_out_format=json 2>/dev/null
    done
fi
echo "--- summary"
"${natural[@]}" python3 "$here/summarise.py" "$build" "$root"
