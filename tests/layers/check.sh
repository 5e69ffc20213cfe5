#!/usr/bin/env bash
# check.sh INCLUDE_DIR: fails if a header includes one of a room above its own, a neighbour's detail, or
# xtensor other than through core/tensor.hpp, or if two headers include each other. The table says which rooms a
# room may look into besides its own; a room stands for the rooms within it as well.
set -euo pipefail
cd "$1"
find engram -name '*.hpp' -print0 | sort -z | xargs -0 awk '
    BEGIN {
        below["core"] = ""
        below["io"] = "core"
        below["data"] = "core io"
        below["dynamics/map"] = "core"
        below["dynamics/solver"] = "core dynamics/map"
        below["dynamics/point"] = "core dynamics/map dynamics/solver"
        below["dynamics"] = "core dynamics/map dynamics/solver dynamics/point"
        below["dynamics/continuation"] = "core dynamics"
        below["nn"] = "core io dynamics"
        below["task"] = "core io data dynamics nn"
        below["training"] = "core io dynamics nn task"
        below["study"] = "core io data dynamics nn task training"
        below["distributed"] = "core io data dynamics nn task training study"
        below["dynamics.hpp"] = "core dynamics"
        below["engram.hpp"] = "core io data dynamics nn task training study"
        below["version.hpp"] = ""
    }
    function complain(what) { printf "%s:%d: %s\n", FILENAME, FNR, what; bad = 1 }
    # engram/dynamics/map/detail/dual.hpp is in the room dynamics/map, engram/nn/cell/gru.hpp in nn.
    function room_of(path,    parts, n) {
        n = split(path, parts, "/")
        if (n > 3 && (parts[2] "/" parts[3]) in below) return parts[2] "/" parts[3]
        return parts[2]
    }
    function allowed(room, list,    i, n, names) {
        n = split(list, names, " ")
        for (i = 1; i <= n; i++)
            if (names[i] == room || (names[i] !~ /\// && index(room, names[i] "/") == 1 && own !~ "^" names[i] "$"))
                return 1
        return 0
    }
    FNR == 1 {
        own = room_of(FILENAME)
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
        if ((target, FILENAME) in includes) complain(target " includes it, and it includes " target)
        includes[FILENAME, target] = 1
        other = room_of(target)
        if (other == own || other == "version.hpp") next
        if (other == "dynamics.hpp" && own == "engram.hpp") next
        if (!allowed(other, below[own])) complain("includes " target ", which is not below " own)
        else if (target ~ /\/detail\//) complain("includes " target ", a detail of another room")
    }
    END { exit bad }'
