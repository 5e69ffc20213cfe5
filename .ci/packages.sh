# Sourced by the scripts that install what they need: install_packages NAME... installs Debian packages that are
# not there yet, with sudo where not root. It fails only by saying so: what is missing shows itself later.

install_packages() {
    local missing=() name root=()
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "engram: no apt-get here; please see to it that these are installed: $*" >&2
        return 0
    fi
    for name in "$@"; do
        [[ $(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) == *"ok installed"* ]] || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "engram: not root and no sudo; please install: ${missing[*]}" >&2
            return 0
        fi
        root=(sudo)
    fi
    echo "engram: installing ${missing[*]}" >&2
    local install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends)
    if ! { "${root[@]}" apt-get update -q && "${install[@]}" "${missing[@]}"; } </dev/null >/dev/null 2>&1; then
        for name in "${missing[@]}"; do  # one that cannot be had does not keep the others away
            "${install[@]}" "$name" </dev/null >/dev/null 2>&1 || echo "engram: could not install $name" >&2
        done
    fi
}

# What the library itself needs, and a compiler and build tools.
library_packages=(g++ cmake ninja-build libxtensor-dev libxtensor-blas-dev libxsimd-dev libopenblas-dev
    zlib1g-dev nlohmann-json3-dev libeigen3-dev libspectra-dev)
