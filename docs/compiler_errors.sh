#!/usr/bin/env bash
# compiler_errors.sh FROM TO COMPILER FLAG...: for every program in FROM that is wrong on purpose, the first
# lines of what the compiler says of it, into TO; for the pages on concepts.
set -euo pipefail
from=$1 to=$2
shift 2
mkdir -p "$to"
cd "$from"
for source in *.cpp; do
    text=$(LC_ALL=C "$@" -fsyntax-only "$source" 2>&1 || true)
    head -n 15 <<<"$text" | sed -E 's|/[^ :]*/include/engram/|engram/|g' | cut -c1-160 >"$to/$source.txt"
done
