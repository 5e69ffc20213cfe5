#!/usr/bin/env bash
# gallery.sh EXAMPLES GALLERY: every program in the folder EXAMPLES, but for the command memory_study, is shown on the
# page GALLERY, has fewer than 60 lines, and opens with a comment of one sentence that says what it shows.
set -euo pipefail
cd "$1"
gallery=$2 status=0
complain() { echo "$*" && status=1; }
for program in *.cpp usage/*.cpp; do
    [ "$program" = memory_study.cpp ] && continue
    grep -qxF "<!-- \\include $program -->" "$gallery" || complain "$program: not in the gallery"
    lines=$(wc -l <"$program")
    [ "$lines" -lt 60 ] || complain "$program: $lines lines, expected fewer than 60"
    first=$(head -n 1 "$program")
    [[ $first == "// "*[.?] ]] || complain "$program: opens with '$first', expected a sentence"
done
exit $status
