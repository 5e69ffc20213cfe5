#!/usr/bin/env bash
# readme.sh PAGE PROGRAM: every line of C++ that the page shows in fences stands in the program, in the same order; comments
# and indentation do not count. So the page shows what is compiled and run.
set -euo pipefail
code='{ sub(/^ +/, ""); sub(/ *\/\/.*/, ""); if ($0 != "") print }'
shown=$(awk '/^```/ { inside = $0 == "```cpp"; next } inside' "$1" | awk "$code")
[ -n "$shown" ] || { echo "$1 shows no C++"; exit 1; }
awk "$code" "$2" | shown=$shown awk '
    BEGIN { n = split(ENVIRON["shown"], lines, "\n"); at = 1 }
    at <= n && $0 == lines[at] { ++at }
    END { if (at <= n) { print "the program lacks, or has elsewhere: " lines[at]; exit 1 } }'
echo "what $1 shows is part of $2"
