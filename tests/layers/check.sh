#!/usr/bin/env bash
# check.sh INCLUDE_DIR: fails if a header includes one of a room above its own, a neighbour's detail, or
# xtensor other than through core/tensor.hpp. The table says which rooms a room may look into besides its own.
set -euo pipefail
cd "$1"
find engram -name '*.hpp' -print0 | sort -z | xargs -0 awk '
    BEGIN {
        below["core"] = ""
        below["io"] = "core"
        below["data"] = "core io"
        below["dynamics"] = "core"
        below["nn"] = "core io dynamics"
        below["training"] = "core io dynamics nn"
        below["task"] = "core io data dynamics nn training"
        below["study"] = "core io data dynamics nn task training"
        below["dynamics.hpp"] = "core dynamics"
        below["engram.hpp"] = "core io data dynamics nn task training study"
        below["version.hpp"] = ""
    }
    function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; bad = 1 }
    function allowed(room, list,    i, n, names) {
        n = split(list, names, " ")
        for (i = 1; i <= n; i++) if (names[i] == room) return 1
        return 0
    }
    FNR == 1 {
        split(FILENAME, parts, "/")
        own = parts[2]
        if (!(own in below)) complain("the room \"" own "\" is not in the table of tests/layers/check.sh")
    }
    /^[ \t]*#[ \t]*include/ || /__has_include/ {
        if (!match($0, /[<"][^>"]*[>"]/)) next
        target = substr($0, RSTART + 1, RLENGTH - 2)
        if (target ~ /^(xtensor|xtensor-blas|xtl|xflens)\// && FILENAME != "engram/core/tensor.hpp")
            complain("includes " target "; core/tensor.hpp is the only door to xtensor")
        if (target !~ /^engram\//) {
            if ($0 ~ /include[ \t]*"/) complain("includes \"" target "\"; write it as \"engram/...\"")
            next
        }
        split(target, other, "/")
        if (other[2] == own) next
        if (other[2] == "version.hpp") next
        if (other[2] == "dynamics.hpp" && own == "engram.hpp") next
        if (!allowed(other[2], below[own])) complain("includes " target ", which is not below " own)
        else if (target ~ /\/detail\//) complain("includes " target ", a detail of another room")
    }
    END { exit bad }'
