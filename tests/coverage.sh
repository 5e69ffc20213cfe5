#!/usr/bin/env bash
# coverage.sh VERSION PROFILES INCLUDE_DIR MINIMUM PROGRAM...: prints, for every header there, how many of its lines
# the programs ran, by the profiles that clang VERSION's programs left in the folder PROFILES. Fails if all in all
# it is less than MINIMUM percent. A line counts as run if any program ran it: llvm-cov itself, given several
# programs, takes a function's counts from the first that knows it, even where that one never calls it.
set -euo pipefail
version=$1 profiles=$2 include_dir=$(cd "$3" && pwd) minimum=$4
shift 4
"llvm-profdata-$version" merge -sparse "$profiles"/*.profraw -o "$profiles/all.profdata"
for program in "$@"; do
    "llvm-cov-$version" export -format=lcov -instr-profile="$profiles/all.profdata" "$program" "$include_dir" 2>/dev/null
done | awk -v prefix="$include_dir/" -v minimum="$minimum" '
    /^SF:/ { file = substr($0, 4); sub(prefix, "", file) }
    /^DA:/ {
        split(substr($0, 4), part, ",")
        line = file ":" part[1]
        if (!(line in known)) { known[line] = 1; ++lines[file]; ++all }
        if (part[2] > 0 && !(line in run)) { run[line] = 1; ++ran[file]; ++all_ran }
    }
    END {
        sorted = "sort -n"
        for (file in lines)
            printf "%6.1f %%  %4d of %4d lines  %s\n", 100 * ran[file] / lines[file], ran[file], lines[file], file | sorted
        close(sorted)
        percent = all ? 100 * all_ran / all : 0
        printf "%6.1f %%  %d of %d lines of all headers\n", percent, all_ran, all
        exit percent < minimum
    }'
