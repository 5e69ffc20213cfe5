#!/usr/bin/env bash
# readme.sh README EXAMPLE: every line of the README's C++ program stands in the example, in the same order; comments
# do not count. So the README shows what is compiled and run.
set -euo pipefail
code='{ sub(/ *\/\/.*/, ""); if ($0 != "") print }'
shown=$(awk '/^```/ { inside = $0 == "```cpp"; next } inside' "$1" | awk "$code")
[ -n "$shown" ] || { echo "$1 shows no C++ program"; exit 1; }
awk "$code" "$2" | shown=$shown awk '
    BEGIN { n = split(ENVIRON["shown"], lines, "\n"); at = 1 }
    at <= n && $0 == lines[at] { ++at }
    END { if (at <= n) { print "the example lacks, or has elsewhere: " lines[at]; exit 1 } }'
echo "the program that $1 shows is part of $2"
