#!/usr/bin/env bash
# compiler_errors.sh FROM TO COMPILER FLAG...: for every program in FROM that is wrong on purpose, into TO: the program
# without its lines for the test, and the first lines of what the compiler says of it; for the pages on concepts.
set -euo pipefail
from=$1 to=$2
shift 2
mkdir -p "$to"
for source in "$from"/*.cpp; do
    sed -E '/^\/\/ (concept|expect): /d' "$source" >"$to/$(basename "$source")"
done
cd "$to"
for source in *.cpp; do
    text=$(LC_ALL=C "$@" -fsyntax-only "$source" 2>&1 || true)
    # Without what changes with every edit of a header: which includes it, the numbers of its lines, and of unnamed types.
    sed -E -e '/^(In file included| +) from /d' -e 's|/[^ :]*/include/engram/|engram/|g' \
        -e 's/(engram\/[^ :,]*\.hpp)(:[0-9]+)+/\1/; s/^ *[0-9]+ \|/      |/' \
        -e 's/\._anon_[0-9]+/<lambda>/g; s/auto:[0-9]+/auto/g' <<<"$text" | sed -n 1,15p | cut -c1-160 >"$source.txt"
done
