#!/usr/bin/env bash
# markdown.sh ROOT: no page shows one of Doxygen's commands, or the label of a heading, to those who read it as Markdown:
# they stand in comments, or as code. Files that pages link to are there, and what a page shows of the compiler's words about
# a wrong program (compile_errors/) has what the test of that program asks of them.
set -euo pipefail
cd "$1"
status=0
for page in README.md docs/*.md docs/concepts/*.md; do
    shown=$(awk '/^```/ { code = !code; next } !code' "$page" | sed -E 's/<!-- .* -->//g; s/`[^`]*`//g; /^    /d')
    if grep -nE '(^|[ (|])[\\@][a-z]{3,}|\{#' <<<"$shown"; then
        echo "$page shows this as it stands"
        status=1
    fi
    while IFS= read -r link; do
        [ -e "$(dirname "$page")/$link" ] || { echo "$page: no such file: $link"; status=1; }
    done < <(grep -oE '\]\([^)# ]+' <<<"$shown" | sed 's/^](//' | grep -v : || true)
done
messages=0
while IFS=: read -r page line said; do
    messages=$((messages + 1))
    program=tests/compile_errors/$(sed -E 's/^<!-- said of (.*) -->$/\1/' <<<"$said")
    shown=$(sed -n "$((line + 1)),\$p" "$page" | awk '/^```/ { if (++fences == 2) exit; next } { print }')
    while IFS= read -r expected; do
        grep -qF -- "$expected" <<<"$shown" ||
            { echo "$page: what it shows of $program lacks: $expected (docs/said_of.py renews it)"; status=1; }
    done < <(sed -n 's|^// expect: ||p' "$program")
done < <(grep -n '^<!-- said of ' docs/concepts/*.md)
[ $messages -gt 0 ] || { echo "no page shows what the compiler says"; status=1; }
[ $status -eq 0 ] && echo "pages are fit to be read as Markdown"
exit $status
