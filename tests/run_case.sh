#!/usr/bin/env bash
# run_case.sh COMMAND...: runs it and shows what it said. CTest takes a case for skipped that says "skipped:", also one
# that failed after that or before; so of a command that failed the word is put otherwise.
said=$("$@" 2>&1)
code=$?
if [[ $code -ne 0 ]]; then said=${said//kipped: /kipped, and failed: }; fi
printf '%s\n' "$said"
exit $code
