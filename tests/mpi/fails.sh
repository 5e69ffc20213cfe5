#!/usr/bin/env bash
# fails.sh MPIRUN RANKS by_itself|with_all MESSAGE PROGRAM ARGUMENT...: mpirun ends in time with status 1, one rank has said the
# message (a regular expression), once, no rank ends with status 0 and none is left. by_itself: each ends with status 1, of
# itself; with_all: MPI ends those that would go on.
set -uo pipefail
mpirun=$1 ranks=$2 how=$3 message=$4
shift 4
source "$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/command_check.sh"

# run PROGRAM ARGUMENT...: over all ranks; sets `said`, `status`, and `statuses` to those of the ranks that could tell.
run() {
    rm -rf told && mkdir told
    said=$(timeout 100 "$mpirun" -n "$ranks" bash -c 'trap : TERM; "$@"; status=$?; echo $status >told/$$; exit $status' - \
        "$@" 2>&1 </dev/null)
    status=$?
    statuses=$(cat told/* 2>/dev/null | sort | tr '\n' ' ')
}

run "$@"
[ $status -eq 1 ] || fail "mpirun's exit status is $status: $said"
[ "$(grep -c '^engram: ' <<<"$said")" -eq 1 ] || fail "not one message: $said"
grep -qE "^engram: rank [0-9]+ of $ranks: $message" <<<"$said" || fail "does not say '$message': $said"
[[ " $statuses" != *" 0 "* ]] || fail "the ranks' exit statuses are $statuses"
if [ "$how" = by_itself ]; then
    export OMPI_MCA_orte_abort_on_non_zero_status=0  # the first that ends does not make mpirun end the others
    run "$@"
    [ "$statuses" = "$(printf '1 %.0s' $(seq "$ranks"))" ] || fail "the ranks' exit statuses are $statuses"
fi
sleep 0.2
! pgrep -f "^$* *$" >/dev/null || fail "a rank is still there"
[ $failures -eq 0 ] && echo "passed"
exit $((failures > 0))
