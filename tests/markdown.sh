#!/usr/bin/env bash
# markdown.sh ROOT: no page shows one of Doxygen's commands, or the label of a heading, to those who read it as Markdown:
# they stand in comments, or as code. Files that pages link to are there.
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
[ $status -eq 0 ] && echo "pages are fit to be read as Markdown"
exit $status
