#!/usr/bin/env bash
# from_python.sh PROGRAM ROOT PACKAGE: what the page "From Python" shows for PACKAGE (torch, flax, keras, numpy, matplotlib) does
# what it says, in the first Python that has it and NumPy.
set -euo pipefail
program=$1 root=$2 package=$3
export KERAS_BACKEND=${KERAS_BACKEND:-jax} MPLBACKEND=agg
for python in python3 /usr/bin/python3; do
    if "$python" -c "import numpy, $package" 2>/dev/null; then
        folder=$(mktemp -d)
        trap 'rm -rf "$folder"' EXIT
        cd "$folder"
        "$python" "$root/tests/slow_points/from_python.py" "$root" "$program" "$package"
        exit
    fi
done
echo "skipped: the page's lines for $package, since there is no python3 with numpy and $package"
