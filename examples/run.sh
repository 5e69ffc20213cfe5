#!/usr/bin/env bash
# Installs what is missing, builds a command and runs it with the options given here; --help lists them. The command is
# the memory study, or slow_points if that is the first argument; with --ranks N the memory study runs over N processes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
source "$root/.ci/packages.sh"
source "$root/.ci/blas_kernels.sh"

command=memory_study ranks=none arguments=() start=() mpi=()
if [ "${1:-}" = slow_points ]; then
    command=$1
    shift
fi
while [ $# -gt 0 ]; do
    case $command=$1 in
    memory_study=--ranks)
        ranks=${2:-}
        shift $(($# > 1))
        ;;
    memory_study=--ranks=*) ranks=${1#*=} ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
set -- "${arguments[@]}"
if [ "$ranks" != none ] && ! [[ $ranks =~ ^[1-9][0-9]*$ ]]; then
    echo "examples/run.sh: --ranks = '$ranks', expected a number from 1 on" >&2
    exit 2
fi

install_packages "${library_packages[@]}" libcli11-dev gnuplot-nox ccache
for tool in cmake g++; do
    if ! command -v $tool >/dev/null; then
        echo "examples/run.sh: $tool is missing and could not be installed" >&2
        exit 1
    fi
done

if [ "$ranks" != none ]; then  # the memory study over so many processes
    install_packages libopenmpi-dev openmpi-bin
    command=memory_study_mpi mpi=(-DENGRAM_USE_MPI=ON)
    # Several ranks a core are allowed, and a rank is bound to none: it has threads of its own. (PRTE: Open MPI 5.)
    start=(env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
        OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe
        PRTE_MCA_hwloc_default_binding_policy=none)
    if [ -t 2 ]; then start+=(ENGRAM_ON_TERMINAL=1); fi
    start+=(mpirun -n "$ranks")
fi

# What is being done, since the first build takes a minute: a line that changes on a terminal, else one a tenth.
show_build() {
    local line='' shown=0 done=0 all=0
    while IFS= read -r line; do
        echo "$line" >>"$log"
        [[ $line =~ ^\[\ *([0-9]+)(/([0-9]+)\]|%\]) ]] || continue
        done=${BASH_REMATCH[1]} all=${BASH_REMATCH[3]:-100}
        if [ -t 2 ]; then
            printf '\rexamples/run.sh: building %s, %s of %s' "$command" "$done" "$all" >&2
        elif ((done * 10 / all > shown)); then
            shown=$((done * 10 / all))
            echo "examples/run.sh: building $command, $done of $all" >&2
        fi
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

build=$root/build/examples
# networks_for OPTIONS...: the types of networks to build the memory study for: the one that its options ask for, and
# those that it was built for before.
networks_for() {
    local cell=gru images='' before
    while [ $# -gt 0 ]; do
        case $1=${2:-} in  # --cell lstm or --cell=lstm
            --cell=elman*) cell=elman ;;
            --cell=lstm*) cell=lstm ;;
            --data=cifar10*) images=_images ;;
        esac
        shift
    done
    before=$(sed -n 's/^ENGRAM_STUDY_NETWORKS:[^=]*=//p' "$build/CMakeCache.txt" 2>/dev/null) || before=
    if [[ ";$before;" == *";$cell$images;"* ]]; then
        echo "$before"
    else
        echo "${before:+$before;}$cell$images"
    fi
}

export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros}  # or it takes no precompiled header
study_options=("$@")
if [ $command = slow_points ]; then study_options=(); fi  # whose --cell is another
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
mkdir -p "$build"
log=$build/build.log
: >"$log"
[ -x "$build/examples/$command" ] || echo "examples/run.sh: building in $build, once" >&2
if ! { cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DENGRAM_BUILD_TESTS=OFF \
    -DENGRAM_BUILD_BENCH=OFF -DENGRAM_BUILD_DOCS=OFF "-DENGRAM_STUDY_NETWORKS=$(networks_for "${study_options[@]}")" "${mpi[@]}" &&
    cmake --build "$build" --target $command --parallel "$(nproc)"; } 2>&1 | show_build; then
    cat "$log" >&2
    echo "examples/run.sh: $command did not build; the whole output is in $log" >&2
    exit 1
fi
choose_blas_kernels "$build/examples/$command"
exec "${start[@]}" "$build/examples/$command" "$@"
