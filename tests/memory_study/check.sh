#!/usr/bin/env bash
# The memory study from the outside: check.sh PROGRAM. What it refuses, what it leaves behind, what Ctrl-C does.
set -uo pipefail
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0
fail() {
    echo "failed: $*" >&2
    failures=$((failures + 1))
}

# refused WORDS ARGUMENTS...: exit status 2, one line that holds the words, nothing left behind.
refused() {
    local words=$1 message status
    shift
    message=$("$program" --out bad "$@" 2>&1 >/dev/null </dev/null)
    status=$?
    [ $status -eq 2 ] || fail "$*: exit status $status"
    [ "$(wc -l <<<"$message")" -eq 1 ] || fail "$*: more than one line: $message"
    [[ $message == *"$words"* ]] || fail "$*: does not say '$words': $message"
    [ ! -e bad ] || fail "$*: left a folder"
}
refused "--data: 'mnits' is unknown; allowed: optdigits" --data mnits
refused "--cell: 'rnn' is unknown; allowed: elman, gru, lstm" --cell rnn
refused "--curriculum: 'delya' is unknown" --curriculum delay,delya
for option in seeds units steps batch tuning-steps threads delays; do
    for value in 0 -1 nan 1.5 x 99999999999999999999; do
        refused "--$option: '$value' is not a whole number from 1 to" "--$option=$value"
    done
done
for value in 0 -0.1 nan inf 7 1e-3x; do
    refused "--learning-rate: '$value' is not a number above 0" "--learning-rate=$value"
done
for value in -1 nan inf 1e300; do refused "--speed-weight: '$value' is not a number from 0" "--speed-weight=$value"; done
refused "--delays: '0' is not" --delays 19,0
refused "--no-such" --no-such
refused "--out" --out ""
for option in units learning-rate delays; do refused "--$option: its value is missing" "--$option="; done
refused "--units: its value is missing" --units
touch file
refused "--out: 'file' exists" --out file
refused "--out: 'file/under' cannot be used" --out file/under
refused "--out: 'file' is not a folder" --out file --force
refused "--out: '/proc/none' cannot be used" --out /proc/none

small=(--first-seed 1 --seeds 1 --units 8 --steps 30 --tuning-steps 5 --delays 5,30)
"$program" "${small[@]}" --threads 1 --out one 2>/dev/null || fail "a small run: exit status $?"
for name in study.json arrays.npz report.html networks/gru-delay-1.json networks/gru-vocabulary-1.json; do
    [ -s "one/$name" ] || fail "a small run left no $name"
done
grep -q '"partial": false' one/study.json || fail "a whole study is marked partial"
refused "--out: 'one' exists" "${small[@]}" --out one
"$program" "${small[@]}" --threads 2 --out two 2>/dev/null || fail "two threads: exit status $?"
cmp one/arrays.npz two/arrays.npz || fail "one thread and two give different results"
rm two/networks/gru-delay-1.json
"$program" "${small[@]}" --out two --resume 2>/dev/null || fail "--resume: exit status $?"
cmp one/arrays.npz two/arrays.npz || fail "a resumed study gives different results"
for cell in elman lstm; do
    "$program" "${small[@]}" --cell $cell --curriculum response none --out $cell 2>/dev/null || fail "$cell: exit status $?"
done

"$program" "${small[@]}" --seeds 4 --threads 1 --steps 1000000 --out long 2>/dev/null &
sleep 1
begin=$(date +%s%N)
kill -INT $!
wait $!
status=$?
[ $status -eq 130 ] || fail "an interrupt: exit status $status"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 3000 ] || fail "an interrupt took more than three seconds to be obeyed"
grep -q '"partial": true' long/study.json || fail "an interrupted study is not marked partial"

[ $failures -eq 0 ] && echo "the memory study does what it should"
exit $((failures > 0))
