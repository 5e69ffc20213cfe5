#!/usr/bin/env bash
# The memory study over ranks, from the outside: study.sh MPIRUN STUDY STUDY_OVER_RANKS [KILLS]. Its results are those of one
# process, also after so many kills of random ranks (3) and resumes on other numbers of ranks; what it refuses.
set -uo pipefail
mpirun=$1 alone=$2 over_ranks=$3 wanted_kills=${4:-3}
source "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/command_check.sh"

# same FOLDER: all files of the study there are those of the one process, times and how many networks went at a time left out.
same() {
    local file
    diff <(cd whole && find . -type f | sort) <(cd "$1" && find . -type f | sort) || fail "$1: other files"
    while read -r file; do
        case $file in
        *.json | *.html | *.md) cmp -s <(timeless "whole/$file") <(timeless "$1/$file") || fail "$1: $file differs" ;;
        *) cmp -s "whole/$file" "$1/$file" || fail "$1: $file differs" ;;
        esac
    done < <(cd whole && find . -type f)
}
timeless() {
    sed -E 's/"(wall_)?seconds": ?([0-9.e+-]+|null)//g; s/"threads": ?[0-9]+//; s/[^>|]* s a network//
        s/(\| |<td>)[0-9]+ s( \||<\/td>)/\1\2/' "$1"
}

small=(--first-seed 1 --seeds 1 --units 8 --steps 200 --tuning-steps 20 --attractor-steps 20
    --comparison-steps 10 --delays 5,9)
"$alone" "${small[@]}" --threads 1 --out whole 2>/dev/null || fail "one process: exit status $?"
for ranks in 1 2 3; do
    "$mpirun" -n $ranks "$over_ranks" "${small[@]}" --threads 1 --out on-$ranks 2>said ||
        fail "$ranks ranks: exit status $?: $(<said)"
    same on-$ranks
    [ "$(grep -c 'the results are in' said)" -eq 1 ] || fail "$ranks ranks: not one rank says the end: $(<said)"
    [ "$(grep -c '^[12]/2 ' said)" -eq 2 ] || fail "$ranks ranks: not a line a network: $(<said)"
done
grep -q '3 ranks for 2 networks; some have none' said || fail "more ranks than networks: is not said"

# processes: sets the array of that name to the processes of the study in the folder `killed`.
processes() {
    mapfile -t processes < <(for id in $(pgrep -f -- "$over_ranks.*--out killed"); do
        [ "$(readlink "/proc/$id/exe")" != "$over_ranks" ] || echo "$id"
    done)
}

# Killed again and again, each time a random rank after a random time, it ends in the same bits.
kills=0
for ((attempt = 0; kills < wanted_kills && attempt < 3 * wanted_kills; ++attempt)); do
    ranks=$((RANDOM % 3 + 1))
    "$mpirun" -n $ranks "$over_ranks" "${small[@]}" --threads $((RANDOM % 2 + 1)) --checkpoint-seconds 0.02 --resume \
        --out killed 2>/dev/null &
    for ((i = 0; i < 200; ++i)); do  # each rank is there once its program runs
        processes
        [ ${#processes[@]} -lt "$ranks" ] || break
        sleep 0.05
    done
    sleep $((RANDOM % 2)).$((RANDOM % 10))
    if [ ${#processes[@]} -gt 0 ] && kill -KILL "${processes[RANDOM % ${#processes[@]}]}" 2>/dev/null; then
        kills=$((kills + 1))
    fi
    wait $!
    for ((i = 0; i < 200; ++i)); do  # mpirun ends before the ranks that it ends
        processes
        [ ${#processes[@]} -gt 0 ] || break
        sleep 0.1
    done
    ! grep -q '"partial": false' killed/study.json 2>/dev/null || rm -r killed  # it was through: begin anew
done
"$mpirun" -n 2 "$over_ranks" "${small[@]}" --threads 1 --resume --out killed 2>said ||
    fail "resumed after kills: exit status $?: $(<said)"
same killed
echo "killed $kills times"
[ $kills -ge $((wanted_kills / 2 + 1)) ] || fail "killed only $kills times"

# refused WORDS ARGUMENTS OF MPIRUN...: all ranks end, one line holds the words, nothing is left behind.
refused() {
    local words=$1 message status
    shift
    message=$(timeout 60 "$mpirun" "$@" 2>&1 </dev/null)
    status=$?
    [[ $status -ne 0 && $status -ne 124 ]] || fail "'$words': exit status $status"
    [ "$(grep -cE '^(engram|memory_study): ' <<<"$message")" -eq 1 ] || fail "'$words': not one line: $message"
    grep -E '^(engram|memory_study): ' <<<"$message" | grep -qF -- "$words" || fail "does not say '$words': $message"
    [ ! -e bad ] || fail "'$words': left a folder"
    rm -rf bad
}
bad=("$over_ranks" "${small[@]}" --out bad)
refused "--threads: '0' is not a whole number" -n 2 "${bad[@]}" --threads 0
refused "--threads: '0' is not a whole number" -n 1 "${bad[@]}" : -n 1 "${bad[@]}" --threads 0
refused "steps: rank 1 has 201, rank 0 has 200" -n 1 "${bad[@]}" : -n 1 "${bad[@]}" --steps 201
refused 'out: rank 1 has "other", rank 0 has "bad"' -n 1 "${bad[@]}" : -n 1 "${bad[@]}" --out other
refused "--out: 'on-1' exists" -n 2 "${bad[@]}" --out on-1
mkdir images others
for label in 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9; do
    printf "\\x0$label" && head -c 3072 /dev/urandom
done | tee images/data_batch_1.bin others/data_batch_1.bin images/test_batch.bin >others/test_batch.bin
printf "\\x$(printf %02x $((($(od -An -tu1 -j 99 -N 1 others/test_batch.bin) + 1) % 256)))" |
    dd of=others/test_batch.bin bs=1 seek=99 conv=notrunc 2>/dev/null
colour=("${bad[@]}" --data cifar10 --filters 2,2,2 --dense 4,4,4)
refused "images: rank 1 has " -n 1 "${colour[@]}" --data-dir images : -n 1 "${colour[@]}" --data-dir others
refused "found no test_batch.bin in any of" -n 1 "${colour[@]}" --data-dir images : -n 1 "${colour[@]}" --data-dir nowhere
cp "$over_ranks" another-build && printf x >>another-build
refused "different programs: rank 1 has " -n 1 "${bad[@]}" : -n 1 ./another-build "${small[@]}" --out bad
mkdir elsewhere
elsewhere="cd elsewhere && exec \"\$0\" \"\$@\""
refused "--out: rank 1 does not see the folder 'bad'" -n 1 "${bad[@]}" : -n 1 bash -c "$elsewhere" "${bad[@]}"

[ $failures -eq 0 ] && echo "passed"
exit $((failures > 0))
