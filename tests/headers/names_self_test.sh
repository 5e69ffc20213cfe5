#!/usr/bin/env bash
# The check of names must pass a good header and fail bad ones.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/engram"

expect() {  # expect pass|fail WHAT, the header on standard input
    cat >"$folder/engram/a.hpp"
    local result=pass
    bash "$here/names.sh" "$folder" >"$folder/output" || result=fail
    if [ "$result" != "$1" ]; then
        echo "names.sh should $1 on: $2" >&2
        cat "$folder/output" >&2
        exit 1
    fi
}

expect pass "a plain header" <<'H'
#pragma once
#include <vector>
#define ENGRAM_OWN 1
namespace engram {
int global();
}  // namespace engram
H
expect fail "a macro without the prefix" <<'H'
#pragma once
#  define OWN 1
H
expect fail "a function outside the namespace" <<'H'
#pragma once
int global();
H
expect fail "a function after the namespace" <<'H'
#pragma once
namespace engram {
}  // namespace engram
inline int global() { return 0; }
H
expect fail "another namespace" <<'H'
#pragma once
namespace other {
}  // namespace other
H
expect fail "no #pragma once" <<'H'
namespace engram {}
H
echo "the check of names passes and fails as it should"
