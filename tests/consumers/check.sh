#!/usr/bin/env bash
# check.sh WORK_FOLDER KIND [FOLDER]: builds and runs the consumer project of that kind in WORK_FOLDER.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$1 kind=$2 folder=${3:-}
prefix=$work/prefix
mkdir -p "$work"

configure() {  # configure PROJECT OPTION...
    local project=$1
    shift
    rm -rf "${work:?}/$kind"
    cmake -S "$here/$project" -B "$work/$kind" -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_PROJECT_consumer_INCLUDE="$here/own_settings.cmake" "$@"
}
build_and_run() {
    cmake --build "$work/$kind" --parallel 2
    "$work/$kind/consumer"
}
compiled_with() { grep -rqF -- "-D$1" "$work/$kind"; }  # compiled_with DEFINITION: whether the build files have it
must_fail_with() {  # must_fail_with TEXT COMMAND...
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "this should have failed: $*"
        exit 1
    fi
    echo "$output"
    grep -qF -- "$text" <<<"$(tr -s ' \n' ' ' <<<"$output")" || { echo "the message does not say: $text"; exit 1; }
}

case $kind in
install)
    rm -rf "$prefix" "$work/first-prefix"
    cmake --install "$folder" --prefix "$work/first-prefix" >/dev/null
    mv "$work/first-prefix" "$prefix"
    if grep -rlF -e "$folder" -e "$work/first-prefix" "$prefix"; then
        echo "these installed files know where engram was built or first installed"
        exit 1
    fi
    ;;
find_package)
    configure find_package -DCMAKE_PREFIX_PATH="$prefix"
    build_and_run
    ;;
find_package_without_xsimd)
    configure find_package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_xsimd=ON
    build_and_run
    ;;
find_package_mpi)  # with the MPI of MPI_CXX_COMPILER; MPIEXEC starts it
    configure find_package_mpi -DCMAKE_PREFIX_PATH="$prefix" ${MPI_CXX_COMPILER:+-DMPI_CXX_COMPILER="$MPI_CXX_COMPILER"}
    cmake --build "$work/$kind" --parallel 2
    "$MPIEXEC" -n 2 "$work/$kind/consumer" | grep ': 2 ranks$'
    ;;
missing_mpi)
    must_fail_with "engram::mpi needs an MPI; on Debian and Ubuntu: apt install libopenmpi-dev openmpi-bin" \
        configure find_package_mpi -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON
    ;;
own_xtensor)  # no package is asked for, and the project's targets are what the program is compiled with
    configure own_xtensor -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON \
        -DCMAKE_DISABLE_FIND_PACKAGE_xtensor-blas=ON
    for library in xtensor xtensor-blas; do
        compiled_with "HAS_THE_PROJECTS_$library" || { echo "the project's own target $library is not used"; exit 1; }
    done
    ;;
xsimd_off)  # what the project says wins over how engram was installed
    grep -q 'set(ENGRAM_USE_XSIMD ON)' "$prefix/share/cmake/engram/engramConfig.cmake" ||
        { echo "skipped: this engram was installed without xsimd" && exit 0; }
    configure find_package -DCMAKE_PREFIX_PATH="$prefix"
    compiled_with XTENSOR_USE_XSIMD || { echo "skipped: there is no xsimd" && exit 0; }
    configure find_package -DCMAKE_PREFIX_PATH="$prefix" -DENGRAM_USE_XSIMD=OFF
    ! compiled_with XTENSOR_USE_XSIMD || { echo "xsimd is used, though the project says ENGRAM_USE_XSIMD=OFF"; exit 1; }
    ;;
missing_library)
    must_fail_with "engram needs xtensor; on Debian and Ubuntu: apt install libxtensor-dev" \
        configure find_package -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_DISABLE_FIND_PACKAGE_xtensor=ON
    ;;
later_version)
    must_fail_with 'compatible with requested version "999.0"' \
        configure find_package -DCMAKE_PREFIX_PATH="$prefix" -DCONSUMER_WANTS=999.0
    ;;
add_subdirectory | fetch_content)
    configure "$kind" -DENGRAM_FOLDER="$folder"
    targets=$(cmake --build "$work/$kind" --target help)
    if grep -qE 'unit_tests|engram_own_program|docs' <<<"$targets"; then
        echo "engram's own tests, examples or docs are built where it is not top-level"
        exit 1
    fi
    build_and_run
    ;;
*)
    echo "unknown kind of consumer: $kind" >&2
    exit 2
    ;;
esac
