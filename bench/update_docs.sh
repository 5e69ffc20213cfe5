#!/usr/bin/env bash
# Puts the figures of the latest bench/run.sh into docs/performance.md and draws its plots.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
build=$root/build/bench
if [ ! -e "$build/summary.json" ]; then
    echo "bench/update_docs.sh: $build/summary.json is missing; run bench/run.sh first" >&2
    exit 1
fi
mkdir -p "$root/docs/images"
python3 "$here/update_docs.py" "$build/summary.json" "$root/docs/performance.md"
gnuplot -e "build='$build'; images='$root/docs/images'" "$here/plots.gp"
echo "docs/performance.md and docs/images are up to date"
