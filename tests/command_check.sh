# Sourced by the checks of commands from the outside: a folder of their own to work in, and what counts as a failure.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0
fail() {
    echo "failed: $*" >&2
    failures=$((failures + 1))
}

# refused WORDS ARGUMENTS...: $program ends with exit status 2 and one line, which begins with $opening and holds the
# words, and leaves nothing behind.
opening=
refused() {
    local words=$1 message status
    shift
    message=$("$program" --out bad "$@" 2>&1 >/dev/null </dev/null)
    status=$?
    [ $status -eq 2 ] || fail "$*: exit status $status"
    [ "$(wc -l <<<"$message")" -eq 1 ] || fail "$*: more than one line: $message"
    [[ $message == "$opening"*"$words"* ]] || fail "$*: does not say '$words': $message"
    [ ! -e bad ] || fail "$*: left a folder"
}
