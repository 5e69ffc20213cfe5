#!/usr/bin/env bash
# version.sh FOLDER VERSION: wherever engram's folder names its version, it is this one.
set -euo pipefail
cd "$1"
version=$2 status=0
IFS=. read -r major minor patch <<<"$version"
expect() {  # expect FILE LINE
    grep -qxF -- "$2" "$1" || { echo "$1 lacks the line: $2" && status=1; }
}
expect include/engram/version.hpp "#define ENGRAM_VERSION_MAJOR $major"
expect include/engram/version.hpp "#define ENGRAM_VERSION_MINOR $minor"
expect include/engram/version.hpp "#define ENGRAM_VERSION_PATCH $patch"
expect docs/changelog.md "## $version"
expect docs/citation.md "    version: $version"
exit $status
