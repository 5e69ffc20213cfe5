#!/usr/bin/env bash
# Installs what the tests need, builds and runs them. See --help. The last line counts: N passed, N failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/packages.sh

all_stages=(release sanitize threads clang16 blas mpi format tidy docs)
other_stages=(tidy-tests)  # those that nobody runs who does not ask for them
usage() {
    cat <<'HELP'
usage: bash tests/run.sh [--quick] [--only STAGE]... [--no-install]

  --quick       for daily use: unit tests and checks without optimisation, by clang where it is there; clang-format.
                Left out, besides the other stages: fuzzing, networks of 200 units, large maps, front ends on real
                data; examples, benchmarks, consumers; headers alone and together, dynamics without other rooms
  --only STAGE  only this stage; may be given several times:
      release   g++: unit tests, examples, benchmarks; headers, layers, consumers, compile errors
      sanitize  the newest clang, Debug with the address and undefined-behaviour sanitizers: unit tests, fuzzing,
                layers, compile errors; then the lines of include/ that they ran: at least 90 percent
      threads   the newest clang, Debug with the thread sanitizer: the cases named after threads
      clang16   clang 16, the oldest that is supported: the tests of searches, cells and training
      blas      g++, without xsimd: the tests of linear algebra with the reference BLAS and with BLIS
      mpi       Open MPI, and MPICH where it is to be had: runs over 1 to 4 ranks
      format    clang-format changes nothing
      tidy      clang-tidy complains of nothing in any header, example or benchmark
      docs      the documentation builds without a warning
      tidy-tests  only if it is asked for, since it takes long: clang-tidy complains of nothing in any test
                  and in the parts of the examples' two commands
  --no-install  install nothing

Everything is built in build/tests/. The last line of output counts over all stages.
HELP
}

quick=no install=yes stages=()
while [ $# -gt 0 ]; do
    case $1 in
    --quick) quick=yes ;;
    --no-install) install=no ;;
    --only)
        stage=${2:-}
        if [[ -z $stage || " ${all_stages[*]} ${other_stages[*]} " != *" $stage "* ]]; then
            echo "tests/run.sh: --only takes one of: ${all_stages[*]} ${other_stages[*]}" >&2
            exit 2
        fi
        stages+=("$stage")
        shift
        ;;
    --help | -h) usage && exit 0 ;;
    *)
        echo "tests/run.sh: unknown option $1; see --help" >&2
        exit 2
        ;;
    esac
    shift
done
if [ ${#stages[@]} -eq 0 ]; then
    stages=("${all_stages[@]}")
    [ $quick = yes ] && stages=(quick format)
fi
wanted() { [[ " ${stages[*]} " == *" $1 "* ]]; }

# --- counting ---------------------------------------------------------------------------------------------------

passed=0 failed=0 skipped=0 failures=() skips=()
say() { printf '\n=== %s\n' "$*"; }
pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    failures+=("$1")
    echo "FAILED: $1"
}
skip() {
    skipped=$((skipped + 1))
    skips+=("$1")
    echo "SKIPPED: $1"
}
check() {  # check NAME COMMAND...: one test, passed if the command succeeds
    local name=$1
    shift
    if "$@"; then pass; else fail "$name"; fi
}

# run_ctest STAGE FOLDER ARGUMENT...: runs CTest there and counts its tests one by one.
run_ctest() {
    local stage=$1 folder=$2 status=0
    shift 2
    local report=$PWD/$folder/ctest.xml
    rm -f "$report"
    ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure --no-tests=error --output-junit "$report" "$@" ||
        status=$?
    if [ ! -f "$report" ]; then
        fail "$stage: CTest did not run"
        return
    fi
    local total ran left_out
    total=$(grep -c '<testcase ' "$report" || true)
    ran=$(grep -c '<testcase .*status="run"' "$report" || true)
    left_out=$(grep -c '<skipped message="SKIP_' "$report" || true)
    passed=$((passed + ran)) skipped=$((skipped + left_out)) failed=$((failed + total - ran - left_out))
    while IFS= read -r name; do failures+=("$stage: $name"); done < <(
        sed -n 's/.*<testcase name="\([^"]*\)".*status="fail".*/\1/p' "$report")
    while IFS= read -r name; do skips+=("$stage: $name"); done < <(
        grep -B1 '<skipped message="SKIP_' "$report" | sed -n 's/.*<testcase name="\([^"]*\)".*/\1/p')
    if [ $((total - ran - left_out)) -eq 0 ] && [ $status -ne 0 ]; then
        fail "$stage: CTest ended with status $status"
    fi
}

# build STAGE FOLDER TARGETS OPTION...: configures and builds; what does not build counts as one failure.
build() {
    local stage=$1 folder=$2 targets
    read -ra targets <<<"$3"
    shift 3
    local keep_going=()
    if ! cmake -S . -B "$folder" "${generator[@]}" -DENGRAM_WERROR=ON -DENGRAM_BUILD_DOCS=OFF "$@" >"$folder.log" 2>&1; then
        cat "$folder.log"
        fail "$stage: configuring"
        return 1
    fi
    grep -q 'CMAKE_GENERATOR:INTERNAL=Ninja' "$folder/CMakeCache.txt" && keep_going=(-- -k 0)
    if ! cmake --build "$folder" --target "${targets[@]}" --parallel "$jobs" "${keep_going[@]}" >"$folder.log" 2>&1; then
        grep -vE -m 200 '^\[[0-9]+/[0-9]+\] (Building|Linking)' "$folder.log"
        fail "$stage: building"
    fi
}

stage_names=() stage_seconds=()
timed() {  # timed STAGE DESCRIPTION: runs stage_STAGE if it is wanted, and notes how long it took
    wanted "$1" || return 0
    say "$1: $2"
    local start=$SECONDS
    "stage_$1"
    stage_names+=("$1") stage_seconds+=($((SECONDS - start)))
    printf -- '--- %s took %d s\n' "$1" $((SECONDS - start))
}

# --- tools ------------------------------------------------------------------------------------------------------

installable() {  # installable PACKAGE: whether apt has it (a pipe to grep -q would end apt-cache, and count as a failure)
    local policy
    policy=$(apt-cache policy "$1" 2>/dev/null) && [[ $policy == *"Candidate: "[0-9]* ]]
}

newest_clang() {  # the number of the newest clang from 19 down to 16, the oldest supported, that is or can be installed
    local version
    for version in 19 18 17 16; do
        if command -v "clang++-$version" >/dev/null ||
            { [ $install = yes ] && installable "clang-$version"; }; then
            echo "$version"
            return
        fi
    done
}

packages=("${library_packages[@]}" doctest-dev librandom123-dev ccache)
if wanted tidy || wanted tidy-tests; then packages+=(libbenchmark-dev libcli11-dev); fi
wanted release && packages+=(libbenchmark-dev libcli11-dev gnuplot-nox python3 python3-numpy)
wanted blas && packages+=(libblas-dev liblapack-dev libblis-openmp-dev)
wanted mpi && packages+=(libopenmpi-dev openmpi-bin libmpich-dev mpich libcli11-dev)
wanted format && packages+=(clang-format-14)
wanted docs && packages+=(doxygen doxygen-awesome-css python3)
if [ $install = yes ]; then
    say "install: what is missing"
    install_packages "${packages[@]}"
fi
clang=$(newest_clang)
if [ $install = yes ] && [ -n "$clang" ]; then
    packages=()
    if wanted sanitize || wanted threads; then packages+=("clang-$clang" "libclang-rt-$clang-dev" "llvm-$clang"); fi
    if wanted tidy || wanted tidy-tests; then packages+=("clang-$clang" "clang-tidy-$clang"); fi
    if wanted clang16 && installable clang-16; then packages+=(clang-16); fi
    [ ${#packages[@]} -eq 0 ] || install_packages "${packages[@]}"
fi
for tool in cmake g++; do
    if ! command -v $tool >/dev/null; then
        echo "tests/run.sh: $tool is missing and could not be installed" >&2
        echo "0 passed, 1 failed"
        exit 1
    fi
done

jobs=2
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros CTEST_OUTPUT_ON_FAILURE=1
root=build/tests
mkdir -p "$root"

# --- stages -----------------------------------------------------------------------------------------------------

# comes_with_clang TOOL: whether there is that tool of the clang that is used.
comes_with_clang() { [ -n "$clang" ] && command -v "$1-$clang" >/dev/null; }

# has_clang STAGE [TOOL]: whether there is a clang, or a tool of its; if not, the stage is skipped.
has_clang() {
    local tool=${2:-clang++}
    if comes_with_clang "$tool"; then return 0; fi
    skip "$1: no $tool from 16 to 19 is installed or installable"
    return 1
}

# can_run STAGE SANITIZER: whether programs with it run here (some containers forbid what they need); if not, the
# stage is skipped.
can_run() {
    local program=$PWD/$root/with_$1
    if echo 'int main() {}' | "clang++-$clang" -x c++ "-fsanitize=$2" -o "$program" - && "$program"; then return 0; fi
    skip "$1: programs built with -fsanitize=$2 do not run here"
    return 1
}

# Compiling takes far longer than running, so that nothing is optimised which need not be: -O1 takes g++ two thirds
# of the time of -O2, and without optimisation clang with sanitizers takes a fifth.
stage_quick() {
    local compiler=()
    if comes_with_clang clang++; then  # it is the faster one
        compiler=(-DCMAKE_CXX_COMPILER="clang++-$clang")
    fi
    build quick $root/quick quick_tests "${compiler[@]}" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 \
        -DENGRAM_NATIVE=OFF -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_BENCH=OFF -DENGRAM_TEST_LIBFUZZER=OFF || return 0
    run_ctest quick $root/quick --label-exclude 'slow|whole' --exclude-regex 'NOT_BUILT|^fuzz: '
}

stage_release() {
    build release $root/release all -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
        -DENGRAM_TEST_FLAGS=-O0 -DENGRAM_BENCH_FLAGS=-O0 || return 0
    run_ctest release $root/release
}

stage_sanitize() {
    has_clang sanitize && can_run sanitize address,undefined || return 0
    "clang++-$clang" --version | sed -n 1p
    build sanitize $root/sanitize unit_tests -DCMAKE_CXX_COMPILER="clang++-$clang" -DCMAKE_BUILD_TYPE=Debug \
        -DENGRAM_NATIVE=OFF -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_BENCH=OFF \
        -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined \
-fno-sanitize-recover=all -fsanitize-ignorelist=$PWD/tests/sanitizer_ignores.txt \
-fprofile-instr-generate -fcoverage-mapping" || return 0
    rm -rf $root/sanitize/profiles
    UBSAN_OPTIONS=print_stacktrace=1 LLVM_PROFILE_FILE=$PWD/$root/sanitize/profiles/%2m.profraw \
        run_ctest sanitize $root/sanitize --label-exclude slow
    local programs=()
    if ! comes_with_clang llvm-cov; then
        skip "sanitize: llvm-cov-$clang is missing, so that nothing is known of coverage"
        return
    fi
    mapfile -t programs < <(find $root/sanitize/tests -type f -perm -u+x \( -name 'test_*' -o -name 'replay_*' \) | sort)
    check "coverage: at least 90 percent of the lines of include/" \
        bash tests/coverage.sh "$clang" $root/sanitize/profiles include 90 "${programs[@]}"
}

stage_threads() {
    has_clang threads && can_run threads thread || return 0
    build threads $root/threads threaded_tests -DCMAKE_CXX_COMPILER="clang++-$clang" -DCMAKE_BUILD_TYPE=Debug \
        -DENGRAM_NATIVE=OFF -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_BENCH=OFF -DENGRAM_TEST_CHECKS=OFF \
        -DCMAKE_CXX_FLAGS_DEBUG="-O0 -g1 -fsanitize=thread" || return 0
    run_ctest threads $root/threads --tests-regex '[Tt]hread' --exclude-regex NOT_BUILT
}

stage_clang16() {
    if ! command -v clang++-16 >/dev/null; then
        skip "clang16: it is neither installed nor installable"
        return
    fi
    build clang16 $root/clang16 "test_dynamics_search test_nn_reference test_training_trainer" \
        -DCMAKE_CXX_COMPILER=clang++-16 -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O0 -DENGRAM_NATIVE=OFF \
        -DENGRAM_BUILD_EXAMPLES=OFF -DENGRAM_BUILD_BENCH=OFF -DENGRAM_TEST_CHECKS=OFF || return 0
    run_ctest clang16 $root/clang16 --tests-regex '^(dynamics_search|nn_reference|training_trainer): '
}

# One build against the interfaces that every BLAS shares; the loader then finds one library after another.
stage_blas() {
    build blas $root/blas algebra_tests -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
        -DBLA_VENDOR=Generic -DENGRAM_USE_XSIMD=OFF -DENGRAM_NATIVE=OFF -DENGRAM_BUILD_EXAMPLES=OFF \
        -DENGRAM_BUILD_BENCH=OFF -DENGRAM_TEST_CHECKS=OFF || return 0
    local libraries lapack name folder
    libraries=$(dirname "$(g++ -print-file-name=libblas.so)")
    lapack=$libraries/lapack
    for name in blas blis-openmp; do
        folder=$libraries/$name
        if [ ! -e "$folder/libblas.so.3" ] || [ ! -e "$lapack/liblapack.so.3" ]; then
            skip "blas: no $name/libblas.so.3 with lapack/liblapack.so.3 in $libraries"
            continue
        fi
        echo "with $folder/libblas.so.3 and $lapack/liblapack.so.3"
        LD_LIBRARY_PATH=$folder:$lapack run_ctest "blas ($name)" $root/blas --exclude-regex 'NOT_BUILT|^fuzz: '
    done
}

# One build for each MPI: they share neither headers nor libraries. The memory study is run with Open MPI; it is compiled
# as in the release stage, so that ccache has most of it.
stage_mpi() {
    local name study
    for name in openmpi mpich; do
        if ! command -v "mpicxx.$name" >/dev/null || ! command -v "mpirun.$name" >/dev/null; then
            skip "mpi: no mpicxx.$name and mpirun.$name"
            continue
        fi
        study=OFF
        [ $name != openmpi ] || study=ON
        build "mpi ($name)" "$root/mpi_$name" mpi_tests -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" \
            -DENGRAM_TEST_FLAGS=-O0 -DENGRAM_USE_MPI=ON -DMPI_CXX_COMPILER="$(command -v "mpicxx.$name")" \
            -DMPIEXEC_EXECUTABLE="$(command -v "mpirun.$name")" -DENGRAM_BUILD_EXAMPLES=$study -DENGRAM_BUILD_BENCH=OFF \
            -DENGRAM_STUDY_NETWORKS=gru -DENGRAM_TEST_CHECKS=OFF || continue
        run_ctest "mpi ($name)" "$root/mpi_$name" --label-regex mpi
    done
}

our_sources() {
    git ls-files --cached --others --exclude-standard '*.cpp' '*.hpp' | while IFS= read -r file; do
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

formatted() {
    local file status=0
    while IFS= read -r file; do
        if ! clang-format-14 "$file" | cmp -s - "$file"; then
            echo "not formatted: $file (clang-format-14 -i $file)"
            status=1
        fi
    done < <(our_sources)
    return $status
}

stage_format() {
    if ! command -v clang-format-14 >/dev/null; then
        skip "format: clang-format-14 is missing (others format differently)"
        return
    fi
    if [ "$(our_sources | grep -c .)" -eq 0 ]; then
        skip "format: git lists no files here"
        return
    fi
    check "format: clang-format changes nothing" formatted
}

# can_tidy STAGE: there is a clang-tidy, and it knows how the programs are compiled; if not, the stage is skipped or
# has failed.
can_tidy() {
    has_clang "$1" clang-tidy || return 1
    if ! cmake -S . -B $root/tidy "${generator[@]}" -DCMAKE_CXX_COMPILER="clang++-$clang" -DENGRAM_NATIVE=OFF \
        -DENGRAM_BUILD_DOCS=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null; then
        fail "$1: configuring"
        return 1
    fi
    tidy=("clang-tidy-$clang" -p $root/tidy --quiet --warnings-as-errors='*')
    # The analyzer would take minutes over what programs instantiate, which is seldom where time counts.
    tidy_programs=("${tidy[@]}" --checks='-clang-analyzer-*,-performance-inefficient-*')
}

stage_tidy() {
    can_tidy tidy || return 0
    "${tidy[@]}" $root/tidy/tests/headers/everything_2.cpp &
    local headers=$!
    check "tidy: examples" "${tidy_programs[@]}" $root/tidy/examples/together.cpp
    check "tidy: benchmarks" "${tidy_programs[@]}" $root/tidy/bench/together.cpp
    check "tidy: headers" wait $headers
}

stage_tidy-tests() {
    can_tidy tidy-tests || return 0
    local source
    for source in tests/test_*.cpp; do
        check "tidy-tests: $source" "${tidy_programs[@]}" "$source"
    done
    check "tidy-tests: the examples' commands" "${tidy_programs[@]}" $root/tidy/examples/parts_together.cpp
}

stage_docs() {
    if ! command -v doxygen >/dev/null; then
        skip "docs: doxygen is missing"
        return
    fi
    local before=$failed
    build docs $root/docs docs -DENGRAM_BUILD_DOCS=ON -DENGRAM_BUILD_TESTS=OFF -DENGRAM_BUILD_EXAMPLES=OFF \
        -DENGRAM_BUILD_BENCH=OFF || return 0
    if [ $failed -eq "$before" ]; then pass; fi
}

timed quick "unit tests without optimisation"
timed release "g++, everything"
timed sanitize "the newest clang with sanitizers; lines of include/ that the tests run"
timed threads "the newest clang with the thread sanitizer"
timed clang16 "the oldest clang that is supported"
timed blas "reference BLAS and BLIS, no xsimd"
timed mpi "Open MPI and MPICH"
timed format "clang-format"
timed tidy "clang-tidy"
timed tidy-tests "clang-tidy of the tests"
timed docs "Doxygen"

# --- summary ----------------------------------------------------------------------------------------------------

say "summary"
for i in "${!stage_names[@]}"; do printf '%-10s %4d s\n' "${stage_names[$i]}" "${stage_seconds[$i]}"; done
printf '%-10s %4d s\n' all "$SECONDS"
for name in "${skips[@]}"; do echo "skipped: $name"; done
for name in "${failures[@]}"; do echo "failed: $name"; done
counts="$passed passed, $failed failed"
[ $skipped -gt 0 ] && counts+=", $skipped skipped"
echo "$counts"
[ $failed -eq 0 ]
