#!/usr/bin/env bash
# copy_rooms.sh FROM TO ROOM...: makes an include folder that holds only these rooms and their front doors.
set -euo pipefail
from=$1 to=$2
shift 2
rm -rf "$to"
mkdir -p "$to/engram"
for room in "$@"; do
    cp -r "$from/engram/$room" "$to/engram/"
    if [ -f "$from/engram/$room.hpp" ]; then cp "$from/engram/$room.hpp" "$to/engram/"; fi
done
