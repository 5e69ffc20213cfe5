# Sourced by the scripts that install what they need: install_packages NAME... installs Debian packages that are
# not there yet, with sudo where not root. It fails only by saying so, in apt's own words: what is missing shows itself
# later. Where another apt works, as a fresh machine's automatic updates do for minutes, it waits.

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
    echo "engram: installing ${missing[*]}; this waits for another apt to end, for ten minutes at most" >&2
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -o DPkg::Lock::Timeout=600)
    local install=("${apt[@]}" install -y --no-install-recommends) said
    local waited=0
    until said=$("${apt[@]}" update 2>&1 </dev/null); do  # the lists have a lock that the timeout leaves out
        if [[ $said != *"Could not get lock"* || $waited -ge 600 ]]; then
            in_apts_words "the lists of packages" "$said"
            break
        fi
        sleep 5
        waited=$((waited + 5))
    done
    said=$("${install[@]}" "${missing[@]}" 2>&1 </dev/null) && return 0
    for name in "${missing[@]}"; do  # one that cannot be had does not keep the others away
        said=$("${install[@]}" "$name" 2>&1 </dev/null) || in_apts_words "$name" "$said"
    done
}

# in_apts_words WHAT SAID: that something could not be had, and the lines in which apt says why.
in_apts_words() {
    echo "engram: could not get $1; apt says:" >&2
    { grep -E '^(E|W|Err|dpkg):? ?' <<<"$2" || tail -n 5 <<<"$2"; } | tail -n 8 | sed 's/^/    /' >&2
}

# What the library itself needs, and a compiler and build tools.
library_packages=(g++ cmake ninja-build libxtensor-dev libxtensor-blas-dev libxsimd-dev libopenblas-dev
    zlib1g-dev nlohmann-json3-dev libeigen3-dev libspectra-dev)
