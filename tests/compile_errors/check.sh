#!/usr/bin/env bash
# check.sh SOURCE COMPILER FLAG...: SOURCE must not compile, and each text that a line "// expect: text" of it
# names must stand within the first 15 lines of what the compiler says.
set -euo pipefail
source=$1
shift
if output=$(cd "$(dirname "$source")" && LC_ALL=C "$@" -fsyntax-only "$(basename "$source")" 2>&1); then
    echo "$source compiles, but it must not"
    exit 1
fi
first=$(head -n 15 <<<"$output")
mapfile -t expected < <(sed -n 's|^// expect: ||p' "$source")
if [ ${#expected[@]} -eq 0 ]; then
    echo "$source has no line '// expect: text'"
    exit 1
fi
status=0
for text in "${expected[@]}"; do
    if ! grep -qF -- "$text" <<<"$first"; then
        echo "not in the first 15 lines: $text"
        status=1
    fi
done
echo "--- the first 15 lines:"
echo "$first"
exit $status
