#!/usr/bin/env bash
# Builds and runs the examples whose pictures the documentation shows, and puts what they draw into docs/images.
# Needs gnuplot.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
names=(flip_flop analog_memory tracking lorenz bifurcation perceptual_decision parametric_working_memory context_integration delayed_match_to_sample)
build=build/images
cmake -S . -B $build -DCMAKE_BUILD_TYPE=Release -DENGRAM_BUILD_TESTS=OFF -DENGRAM_BUILD_BENCH=OFF -DENGRAM_BUILD_DOCS=OFF
cmake --build $build --target "${names[@]}" usage_lasting_memory --parallel 2
mkdir -p $build/drawn
for name in "${names[@]}"; do
    (cd $build/drawn && rm -f "$name.svg" && ../examples/"$name" && test -s "$name.svg")
    cp "$build/drawn/$name.svg" docs/images/
done
$build/examples/usage_lasting_memory >$build/drawn/lasting_memory.txt  # takes minutes
bash docs/draw_lasting_memory.sh $build/drawn/lasting_memory.txt docs/images/lasting_memory.svg
