#!/usr/bin/env bash
# discover.sh EXECUTABLE PREFIX: writes a CTest file with one test for each case of a doctest executable. Unlike
# doctest's own CMake script it stands names with semicolons and with brackets that do not close.
set -euo pipefail
run_case=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/run_case.sh
"$1" --list-test-cases | awk -v run_case="$run_case" -v executable="$1" -v prefix="$2" '
    /^\[doctest\]/ || /^=+$/ { next }
    {
        filter = $0
        gsub(/\\/, "\\\\", filter)
        gsub(/,/, "\\,", filter)
        printf "add_test([==[%s: %s]==] [==[%s]==] [==[%s]==] [==[--test-case=%s]==])\n",
            prefix, $0, run_case, executable, filter
        # A case that a filter misses must not count as passed; one that prints "skipped:" says why it did not run.
        printf "set_tests_properties([==[%s: %s]==] PROPERTIES TIMEOUT 600 ", prefix, $0
        print "FAIL_REGULAR_EXPRESSION \"test cases: +0 \" SKIP_REGULAR_EXPRESSION \"[Ss]kipped: \")"
    }'
