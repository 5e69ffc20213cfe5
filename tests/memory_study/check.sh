#!/usr/bin/env bash
# The memory study from the outside: check.sh PROGRAM. What it refuses, what it leaves behind, what Ctrl-C does.
set -uo pipefail
program=$1
source "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/command_check.sh"

refused "--data: 'mnits' is unknown; allowed: optdigits, mnist, fashion-mnist, cifar10" --data mnits
refused "--preset: 'big' is unknown; allowed: small, paper" --preset big
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

small=(--first-seed 1 --seeds 1 --units 8 --steps 30 --tuning-steps 5 --attractor-steps 5 --comparison-steps 5
    --delays 5,30)
"$program" "${small[@]}" --threads 1 --out one 2>/dev/null || fail "a small run: exit status $?"
for name in study.json arrays.npz report.html networks/gru-delay-1.json networks/gru-vocabulary-1.json; do
    [ -s "one/$name" ] || fail "a small run left no $name"
done
grep -q '"partial": false' one/study.json || fail "a whole study is marked partial"
grep -q '<h2>Why held memories hold' one/report.html || fail "a small run's report does not say why memories hold"
grep -q 'Lifetimes foretold' one/summary.md || fail "a small run's summary does not foretell lifetimes"
grep -q '>trials of 300 steps<' one/report.html || fail "a small run's report does not compare ways side by side"
grep -q '| cross-entropy on a pool |' one/summary.md || fail "a small run's summary does not compare ways side by side"
for key in compared noise_averaged_slow_points basins waiting attractors lifetimes spearman median_error coverage n; do
    grep -q "\"$key\"" one/study.json || fail "a small run's study.json has no $key"
done
for name in measured predicted low high; do  # names of a zip file's members stand in it as they are
    grep -qa "lifetimes_$name.npy" one/arrays.npz || fail "a small run's arrays.npz has no lifetimes_$name"
done
refused "--out: 'one' exists" "${small[@]}" --out one
"$program" "${small[@]}" --threads 2 --out two 2>/dev/null || fail "two threads: exit status $?"
cmp one/arrays.npz two/arrays.npz || fail "one thread and two give different results"
for file in one/networks/*-compared-*; do
    cmp "$file" "two/${file#one/}" || fail "one thread and two give different results in $file"
done
rm two/networks/gru-delay-1.json
mkdir two/networks/gru-vocabulary-1.unfinished  # as if killed between a result and clearing up
"$program" "${small[@]}" --out two --resume 2>/dev/null || fail "--resume: exit status $?"
cmp one/arrays.npz two/arrays.npz || fail "a resumed study gives different results"
for other in "--steps 31" "--delays 5,29" "--speed-weight 0.7"; do
    message=$("$program" "${small[@]}" $other --out two --resume 2>&1 >/dev/null)
    [ $? -eq 2 ] || fail "--resume with $other: is not refused"
    [[ $message == *"the network gru-delay-1 was begun with "* ]] || fail "--resume with $other says: $message"
done
cmp one/arrays.npz two/arrays.npz || fail "a refused --resume changed the results"
[ ! -e two/networks/gru-vocabulary-1.unfinished ] || fail "checkpoints of a finished network are left behind"
# Results that are damaged, nest without end, are of other sizes, or another network's: refused by their name, never
# followed.
good=$(<two/networks/gru-delay-1.json)
for bad in "${good:0:500}" "$(printf '%0100000d' 0 | tr 0 '[')" '{"settings":7}' null \
    "$(sed 's/"per_class":\[\[[^]]*\],/"per_class":[[],/' <<<"$good")" \
    "$(sed 's/"accuracy":\[/"accuracy":[1,/' <<<"$good")" "$(sed 's/\(.*\)"accuracy":\[/\1"accuracy":[1,/' <<<"$good")" \
    "$(sed 's/\(.*\)"per_class":\[\[[^]]*\],/\1"per_class":[[],/' <<<"$good")" \
    "$(sed 's/"trajectories":\[\[/"trajectories":[[[0,0],/' <<<"$good")" \
    "$(sed 's/\(.*"spectrum":\[\)\[[^]]*\],/\1/' <<<"$good")" \
    "$(<two/networks/gru-vocabulary-1.json)"; do
    [ "$bad" != "$good" ] || fail "a bad network is a good one"
    printf %s "$bad" >two/networks/gru-delay-1.json
    message=$("$program" "${small[@]}" --out two --resume 2>&1 >/dev/null)
    status=$?
    [[ $status -eq 1 || $status -eq 2 ]] || fail "a bad network, ${bad:0:20}: exit status $status"
    [[ $message == *gru-delay-1* ]] || fail "a bad network, ${bad:0:20}, says: $message"
done
printf %s "$good" >two/networks/gru-delay-1.json
for cell in elman lstm; do
    "$program" "${small[@]}" --cell $cell --curriculum response none --out $cell 2>/dev/null || fail "$cell: exit status $?"
done

# Presets: what the paper says, and options that override it.
setting() { grep -A99 "\"$1\":" | tr -d ' \n' | sed -E 's/^"[^"]*":(\[[^]]*\]|[^,}]*).*/\1/'; }
paper_says() {
    local data=$1 found expected
    shift
    while [ $# -gt 0 ]; do
        found=$("$program" --data "$data" --preset paper --dry-run | setting "$1") expected=$2
        [ "$found" = "$expected" ] || fail "--preset paper, $data: $1 is $found, expected $expected"
        shift 2
    done
}
paper_says mnist units 200 batch 128 learning_rate 1e-05 decay '"step"' steps 140000 seeds 10 tuning_steps 5000 \
    tuning_rate 1e-05 speed_weight 0.001 centroid_images 100 centroid_noise 0.3333333333333333 solver '"adam"' \
    iterations 100000 delay '[20000,30000,40000,50000,60000,70000,80000]' \
    vocabulary '[8000,16000,26000,36000,48000,62000,78000,98000]' loss '"published"' recall_images 0
paper_says cifar10 units 512 batch 64 learning_rate 0.0001 decay '"none"' steps 300000 seeds 5 tuning_steps 5000 \
    tuning_rate 0.0001 speed_weight 0.01 centroid_images 1000 centroid_noise 1.0 filters '[128,128,128]' \
    dense '[2048,2048,1024]' delay '[100000,120000,140000,160000,180000,200000,220000]' \
    vocabulary '[30000,60000,90000,120000,150000,180000,210000,240000]'
[ "$("$program" --steps 7 --data mnist --preset paper --curriculum response --dry-run | setting steps)" = 7 ] ||
    fail "--steps does not override a preset"

# Data sets from a folder, and what is said where there are none.
missing=$("$program" --data mnist --data-dir nowhere --out bad 2>&1) &&
    fail "a study of files that are not there succeeds"
for words in nowhere/mnist --data-dir "bash examples/get_data.sh mnist"; do
    [[ $missing == *"$words"* ]] || fail "without files: does not say '$words': $missing"
done
[ ! -e bad ] || fail "without files: left a folder"
mkdir cifar
for label in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do
    printf "\\x0$label" && head -c 3072 /dev/urandom
done | tee cifar/data_batch_1.bin >cifar/test_batch.bin
colour=(--data cifar10 --data-dir cifar --filters 2,2,2 --dense 4,4,4 --units 4 --steps 3 --tuning-steps 2 --attractor-steps 2
    --comparison-steps 2 --batch 4 --centroid-images 2 --delays 4,6)
"$program" "${colour[@]}" --out colour 2>/dev/null || fail "colour images: exit status $?"
"$program" "${colour[@]}" --threads 1 --out colour-1 2>/dev/null || fail "colour images, one thread: exit status $?"
cmp colour/arrays.npz colour-1/arrays.npz || fail "colour images: one thread and two give different results"
"$program" "${colour[@]}" --out colour --resume 2>/dev/null || fail "colour images, --resume: exit status $?"
! grep -qw nan colour/summary.md colour/report.html || fail "classes recalled equally well are reported with nan"
cp -r cifar other  # as many images and labels, but one pixel is another one
printf "\\x$(printf %02x $((($(od -An -tu1 -j 99 -N 1 other/test_batch.bin) + 1) % 256)))" |
    dd of=other/test_batch.bin bs=1 seek=99 conv=notrunc 2>/dev/null
message=$("$program" "${colour[@]}" --data-dir other --out colour --resume 2>&1 >/dev/null)
[ $? -eq 2 ] || fail "--resume with other images: is not refused"
[[ $message == *" was begun with images = "*"20 + 20, CRC-32 "* ]] ||
    fail "--resume with other images says: $message"

# Killed at some moments and resumed, a study ends in the same bits.
longer=(--first-seed 1 --seeds 1 --units 16 --steps 1500 --tuning-steps 300 --attractor-steps 300
    --comparison-steps 40 --delays 5,30 --track --cell gru)
"$program" "${longer[@]}" --out whole 2>/dev/null || fail "the study to be killed: exit status $?"
kills=0
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12; do
    "$program" "${longer[@]}" --out killed --resume --checkpoint-seconds 0.05 2>/dev/null &
    sleep 0.$((attempt % 4 + 2))
    if kill -KILL $! 2>/dev/null; then kills=$((kills + 1)); fi
    wait $! 2>/dev/null
done
# Once more while ways are compared, for they come last.
"$program" "${longer[@]}" --out killed --resume --checkpoint-seconds 0.01 2>/dev/null &
for ((i = 0; i < 600; ++i)); do
    [ ! -e killed/networks/gru-delay-1.unfinished/compared-pool_cross_entropy.checkpoint ] || break
    sleep 0.05
done
kill -KILL $! 2>/dev/null || fail "the study ended before it was killed where ways are compared"
wait $! 2>/dev/null
[ -e killed/networks/gru-delay-1.unfinished ] || fail "the first network was through before the last kill"
"$program" "${longer[@]}" --out killed --resume 2>/dev/null || fail "resumed after kills: exit status $?"
[ $kills -ge 2 ] || fail "the study was killed only $kills times"
for file in arrays.npz networks/gru-delay-1.safetensors networks/gru-vocabulary-1-slow_points.safetensors \
    networks/gru-delay-1-compared-{pool_cross_entropy,temporal_consistency,attractors}.safetensors; do
    cmp whole/$file killed/$file || fail "killed $kills times and resumed, $file differs"
done
grep -q '<h2>How the points came to be' whole/report.html || fail "--track leaves the report without its section"
for curriculum in delay vocabulary; do
    for study in whole killed; do
        grep -o '"tracks":.*' $study/networks/gru-$curriculum-1.json >$study-tracks || fail "$study: no tracks"
        grep -q '"from":' $study-tracks || fail "$study: no paths in the tracks of $curriculum"
    done
    cmp <(sed 's/"trajectories".*//' whole-tracks) <(sed 's/"trajectories".*//' killed-tracks) ||
        fail "killed $kills times and resumed, the tracks of $curriculum differ"
done
! compgen -G 'killed/networks/*.unfinished' >/dev/null || fail "checkpoints are left behind"

"$program" "${small[@]}" --seeds 4 --threads 1 --steps 1000000 --out long 2>/dev/null &
for ((i = 0; i < 300; ++i)); do  # it writes that once the folder is its own
    [ -e long/study.json ] && break
    sleep 0.1
done
for other in --resume --force; do  # a folder has room for one study at a time
    message=$(timeout 60 "$program" "${small[@]}" --seeds 4 --steps 1000000 --out long $other 2>&1 >/dev/null)
    [ $? -eq 2 ] || fail "$other beside a study that runs: is not refused"
    [[ $message == *"another process works in 'long'"* ]] || fail "$other beside a study that runs says: $message"
done
begin=$(date +%s%N)
kill -INT $!
wait $!
status=$?
[ $status -eq 130 ] || fail "an interrupt: exit status $status"
[ $((($(date +%s%N) - begin) / 1000000)) -lt 3000 ] || fail "an interrupt took more than three seconds to be obeyed"
grep -q '"partial": true' long/study.json || fail "an interrupted study is not marked partial"

[ $failures -eq 0 ] && echo "the memory study does what it should"
exit $((failures > 0))
