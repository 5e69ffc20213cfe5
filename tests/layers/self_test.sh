#!/usr/bin/env bash
# The check of layers must pass an include that points down and fail the others.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

expect() {  # expect pass|fail HEADER INCLUDE
    rm -rf "$folder/engram"
    mkdir -p "$folder/engram/$(dirname "$2")"
    echo "#include $3" >"$folder/engram/$2"
    local result=pass
    bash "$here/check.sh" "$folder" >"$folder/output" || result=fail
    if [ "$result" != "$1" ]; then
        echo "check.sh should $1 where engram/$2 includes $3" >&2
        exit 1
    fi
}

expect pass nn/a.hpp '"engram/core/tensor.hpp"'
expect pass nn/a.hpp '"engram/nn/detail/b.hpp"'
expect pass study/a.hpp '"engram/training/trainer.hpp"'
expect pass nn/a.hpp '<vector>'
expect fail core/a.hpp '"engram/nn/a.hpp"'
expect fail dynamics/a.hpp '"engram/nn/a.hpp"'
expect fail nn/a.hpp '"engram/dynamics/detail/b.hpp"'
expect fail nn/a.hpp '<engram/training/trainer.hpp>'
expect fail nn/a.hpp '<xtensor/xtensor.hpp>'
expect pass core/tensor.hpp '<xflens/cxxblas/level3/gemm.tcc>'
expect fail core/a.hpp '<xflens/cxxblas/cxxblas.cxx>'
expect fail nn/a.hpp '"b.hpp"'
expect fail attic/a.hpp '<vector>'
expect pass dynamics/point/a.hpp '"engram/dynamics/solver/b.hpp"'
expect pass dynamics/point/a.hpp '"engram/dynamics/point/detail/b.hpp"'
expect pass dynamics/continuation/a.hpp '"engram/dynamics/find_slow_points.hpp"'
expect pass study/a.hpp '"engram/dynamics/continuation/track.hpp"'
expect fail dynamics/map/a.hpp '"engram/dynamics/solver/b.hpp"'
expect fail dynamics/solver/a.hpp '"engram/dynamics/point/b.hpp"'
expect fail dynamics/point/a.hpp '"engram/dynamics/find_slow_points.hpp"'
expect fail dynamics/a.hpp '"engram/dynamics/continuation/track.hpp"'
expect fail dynamics/point/a.hpp '"engram/dynamics/solver/detail/b.hpp"'
expect fail task/a.hpp '"engram/training/trainer.hpp"'

mkdir -p "$folder/engram/nn"
echo '#include "engram/nn/b.hpp"' >"$folder/engram/nn/a.hpp"
echo '#include "engram/nn/a.hpp"' >"$folder/engram/nn/b.hpp"
if bash "$here/check.sh" "$folder" >"$folder/output"; then
    echo "check.sh should fail where two headers include each other" >&2
    exit 1
fi
echo "the check of layers passes and fails as it should"
