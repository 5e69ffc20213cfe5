# Sourced by the scripts that run what takes long: choose_blas_kernels PROGRAM. An OpenBLAS that is older than the
# processor falls back on its kernels for one of 2004, five times slower than those for AVX2 or AVX-512. Where PROGRAM,
# which is linked with OpenBLAS, gets those, newer ones are asked for, unless the environment asks for some already.
choose_blas_kernels() {
    local cpu=/proc/cpuinfo
    [ -z "${OPENBLAS_CORETYPE:-}" ] && [ -r $cpu ] || return 0
    OPENBLAS_VERBOSE=2 "$1" --help 2>&1 >/dev/null | grep -qx 'Core: Prescott' || return 0
    if grep -qw avx512dq $cpu && grep -qw avx512bw $cpu && grep -qw avx512vl $cpu; then
        export OPENBLAS_CORETYPE=SkylakeX
    elif grep -qw avx2 $cpu && grep -qw fma $cpu; then
        export OPENBLAS_CORETYPE=Haswell
    else
        return 0
    fi
    echo "engram: this OpenBLAS is older than the processor; its kernels for $OPENBLAS_CORETYPE are used" >&2
}
