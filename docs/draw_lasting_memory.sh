#!/usr/bin/env bash
# Draws what examples/usage/lasting_memory.cpp prints: draw_lasting_memory.sh OUTPUT PICTURE.svg. Needs gnuplot.
set -euo pipefail
output=$1 picture=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Two tables of recall, the first as trained, the second held; and the half-lives foretold.
awk -v folder="$folder" '
    $1 == "delay" { table++ }
    table && $1 ~ /^[0-9]+$/ { print $1, $2 > (folder "/recall" table) }
    /half of its memories are lost after/ { print $10, 0.5 > (folder "/half_lives") }
' "$output"
for part in recall1 recall2 half_lives; do
    [ -s "$folder/$part" ] || { echo "draw_lasting_memory.sh: $output is not what the program prints" >&2; exit 1; }
done

gnuplot <<PLOT
set terminal svg size 700,380 font 'sans-serif,13' background 'white'
set output '$picture'
set border 3 lw 0.8
set tics nomirror out
set grid y lw 0.5 lc rgb '#bbbbbb'
set logscale x
set xrange [15:130000]
set xtics ('19' 19, '100' 100, '1,000' 1000, '10,000' 10000, '100,000' 100000)
set xlabel 'delay from image to trigger (steps)'
set yrange [0:1.04]
set ytics 0.2
set ylabel 'recall (fraction right)'
set key right center opaque
plot '$folder/recall2' with linespoints lw 2 pt 7 ps 0.7 lc rgb '#009E73' title 'held as attractors', \
     '$folder/recall1' with linespoints lw 2 pt 5 ps 0.7 lc rgb '#777777' title 'as trained', \
     '$folder/half_lives' with points pt 9 ps 1 lc rgb '#D55E00' title 'half-life foretold, one a class'
PLOT
