#!/usr/bin/env bash
# check.sh SOURCE COMPILER FLAG...: SOURCE must not compile. Within the first 15 lines that the compiler says, its first
# error, with the notes on it, must name the concept of the line "// concept: NAME" as one that is not satisfied, and
# each text that a line "// expect: TEXT" gives. Names of files do not count, and the line about the header
# that is read once for all these programs is left out: no user has it.
set -euo pipefail
source=$1
shift
if output=$(cd "$(dirname "$source")" && LC_ALL=C "$@" -fsyntax-only "$(basename "$source")" 2>&1); then
    echo "$source compiles, but it must not"
    exit 1
fi
concept=$(sed -n 's|^// concept: ||p' "$source")
mapfile -t expected < <(sed -n 's|^// expect: ||p' "$source")
if [ -z "$concept" ] || [ ${#expected[@]} -eq 0 ]; then
    echo "$source lacks a line '// concept: NAME' or '// expect: TEXT'"
    exit 1
fi
# No head: it may leave before all is written, which pipefail takes for a failure.
first=$(sed '/^In file included from .*engram_once.hpp:/d' <<<"$output" | sed -n '1,15p' |
    awk '/ error: / { ++errors } errors == 1' | sed -E 's|[A-Za-z0-9_./-]+\.[ch]pp||g')
status=0
# g++: concept engram::solver', satisfaction of 'solver<nothing, map>'; clang: 'nothing' does not satisfy 'solver', or
# because 'solver<nothing, map>' evaluated to false
if ! grep -qE "(concept |satisfaction of '|satisfy '|because ')(engram::)?$concept['<]" <<<"$first"; then
    echo "not named as unsatisfied by the first error, in the first 15 lines: $concept"
    status=1
fi
for text in "${expected[@]}"; do
    if ! grep -qF -- "$text" <<<"$first"; then
        echo "not in what the first error says in the first 15 lines: $text"
        status=1
    fi
done
echo "--- the first error, as far as the first 15 lines go:"
echo "$first"
exit $status
