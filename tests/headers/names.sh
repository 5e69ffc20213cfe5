#!/usr/bin/env bash
# names.sh INCLUDE_DIR: fails if a header there defines a macro without the prefix ENGRAM_, lacks #pragma once,
# or declares anything outside namespace engram (but for specialisations of std's templates and the two operators of
# loss terms).
set -euo pipefail
cd "$1"
find engram -name '*.hpp' -print0 | sort -z | xargs -0 awk '
    function complain(what) { printf "%s:%d: %s: %s\n", FILENAME, FNR, what, $0; bad = 1 }
    FNR == 1 { if (last != "" && !once) { print last ": no #pragma once"; bad = 1 }
               last = FILENAME; once = 0; inside = 0; continued = 0; raw = 0 }
    /^#pragma once/ { once = 1 }
    raw { if ($0 ~ /\)[a-z_]*"/) raw = 0; next }
    /R"[a-z_]*\(/ && !/\)[a-z_]*"/ { raw = 1 }
    /^[ \t]*#[ \t]*define[ \t]/ && !/define[ \t]+ENGRAM_/ { complain("a macro without the prefix ENGRAM_") }
    continued || /^[ \t]*#/ { continued = /\\$/; next }
    /^[ \t]*(\/\/.*)?$/ { next }
    inside { if (/^}  \/\/ namespace (engram|std)/) inside = 0; next }
    /^namespace (engram|std)(::[a-z_]+)* \{/ { inside = !/}$/; next }
    /^(template <.*>|requires.*)$/ { next }
    /^(template <.*> )?(inline constexpr bool|struct|class) std::/ { special = !/;$/; next }
    special { if (/^};/) special = 0; next }
    /^using engram::operator[*+];$/ { next }
    { complain("outside namespace engram") }
    END { if (last != "" && !once) { print last ": no #pragma once"; bad = 1 } exit bad }'
