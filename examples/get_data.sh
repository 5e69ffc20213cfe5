#!/usr/bin/env bash
# Gets a data set's canonical files, checks them, and puts them where engram looks. See --help.
set -euo pipefail

usage() {
    cat <<'HELP'
usage: bash examples/get_data.sh mnist|fashion-mnist|cifar-10 [--from PLACE] [--to FOLDER] [--unverified]

  --from PLACE   take the files from a folder or a file:// URL instead of downloading them; for cifar-10 also
                 from the archive cifar-10-binary.tar.gz
  --to FOLDER    put them into a folder of the set's name there; by default in ENGRAM_DATA_DIR, or, if that is
                 not set, in engram under XDG_DATA_HOME or ~/.local/share
  --unverified   take files whose content is not the published one, such as a part of a set

Every file is compared by the SHA-256 sum of what it holds, unpacked, so it does not matter by which program it
was compressed. Files that are there and right are left alone; others appear whole or not at all.
Sources: MNIST (LeCun, Cortes, Burges), Fashion-MNIST (Xiao, Rasul, Vollgraf), CIFAR-10 (Krizhevsky).
HELP
}
wrong_use() { echo "get_data.sh: $*; see --help" >&2; exit 2; }
fail() { echo "get_data.sh: $*" >&2; exit 1; }

set_name='' from='' to='' verify=yes
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage; exit 0 ;;
    --from | --to)
        [ -n "${2:-}" ] || wrong_use "$1 needs a value"
        if [ "$1" = --from ]; then from=$2; else to=$2; fi
        shift
        ;;
    --unverified) verify=no ;;
    -*) wrong_use "unknown option $1" ;;
    *)
        [ -z "$set_name" ] || wrong_use "one data set at a time, found $set_name and $1"
        set_name=$1
        ;;
    esac
    shift
done

# What to download, and the SHA-256 sums of the unpacked files.
archive=''
case $set_name in
mnist)
    urls=(https://ossci-datasets.s3.amazonaws.com/mnist https://storage.googleapis.com/cvdf-datasets/mnist
        http://yann.lecun.com/exdb/mnist)
    sums="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db train-images-idx3-ubyte.gz
          65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 train-labels-idx1-ubyte.gz
          0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 t10k-images-idx3-ubyte.gz
          ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 t10k-labels-idx1-ubyte.gz"
    ;;
fashion-mnist)
    urls=(https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion
        http://fashion-mnist.s3-website.eu-central-1.amazonaws.com)
    sums="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888 train-images-idx3-ubyte.gz
          bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9 train-labels-idx1-ubyte.gz
          5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b t10k-images-idx3-ubyte.gz
          0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34 t10k-labels-idx1-ubyte.gz"
    ;;
cifar-10)
    urls=(https://www.cs.toronto.edu/~kriz)
    archive=cifar-10-binary.tar.gz
    sums="cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5 data_batch_1.bin
          a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed data_batch_2.bin
          bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67 data_batch_3.bin
          014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48 data_batch_4.bin
          755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add data_batch_5.bin
          8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b test_batch.bin"
    ;;
'') wrong_use "which data set? mnist, fashion-mnist or cifar-10" ;;
*) wrong_use "unknown data set $set_name, expected mnist, fashion-mnist or cifar-10" ;;
esac
folder_name=$set_name
[ -z "$archive" ] || folder_name=cifar-10-batches-bin

if [[ $from == file://* ]]; then
    from=${from#file://}
    from=/${from#*/}                         # without a host, as in file://localhost/
    from=$(printf '%b' "${from//%/\\x}")     # %20 and its like
elif [[ $from == *://* ]]; then
    wrong_use "--from takes a folder or a file:// URL, found $from"
fi
[ -z "$from" ] || [ -e "$from" ] || fail "--from: there is no $from"
if [ -z "$to" ]; then
    to=${ENGRAM_DATA_DIR:-}
    [ -n "$to" ] || [ -n "${XDG_DATA_HOME:-}${HOME:-}" ] || wrong_use "--to is needed where HOME is not set"
    [ -n "$to" ] || to=${XDG_DATA_HOME:-$HOME/.local/share}/engram
fi
place=$to/$folder_name
mkdir -p "$place" 2>/dev/null || fail "the folder $place cannot be made"
work=$(mktemp -d "$place/.partial.XXXXXX" 2>/dev/null) || fail "the folder $place cannot be written"
trap 'rm -rf "$work"; rmdir --ignore-fail-on-non-empty "$place"' EXIT
trap 'exit 1' INT TERM

unpacked() { if [[ $1 == *.gz ]]; then gzip -dc -- "$1"; else cat -- "$1"; fi; }
sum_of() { unpacked "$1" 2>/dev/null | sha256sum | cut -d ' ' -f 1; }

download() {  # download NAME: into the work folder, from the first address that has it
    local url
    for url in "${urls[@]}"; do
        echo "downloading $url/$1"
        if command -v curl >/dev/null; then
            curl -fL --retry 3 --connect-timeout 20 -sS -o "$work/$1" "$url/$1" && return
        elif command -v wget >/dev/null; then
            wget -q --tries=3 --timeout=20 -O "$work/$1" "$url/$1" && return
        else
            fail "downloading needs curl or wget; or name a folder with --from"
        fi
    done
    fail "$1 could not be downloaded; if you have it, name its folder with --from"
}

unpack_archive() {  # unpack_archive FILE: the archive's .bin files, into the work folder
    tar -xzf "$1" -C "$work" --strip-components=1 --no-same-owner --wildcards '*.bin' ||
        fail "$1 is not the archive $archive"
}

if [ -n "$archive" ] && [ -n "$from" ]; then
    if [ -f "$from" ]; then
        unpack_archive "$from"
    elif [ -f "$from/$archive" ]; then
        unpack_archive "$from/$archive"
    fi
fi

take() {  # take NAME: from the place named with --from into the work folder; fails if it is not there
    local source
    for source in "$from/$1" "$from/$folder_name/$1"; do
        if [ -f "$source" ]; then
            cp -- "$source" "$work/$1" || fail "$source cannot be copied to $place"
            return
        elif [[ $1 == *.gz && -f ${source%.gz} ]]; then
            gzip -nc -- "${source%.gz}" >"$work/$1" || fail "${source%.gz} cannot be copied to $place"
            return
        fi
    done
    return 1
}

# All files are gathered and checked before the first one is put in place.
taken=() present=0
while read -r sum name; do
    if [ -f "$place/$name" ] && [ "$(sum_of "$place/$name")" = "$sum" ]; then
        present=$((present + 1))
        continue
    fi
    if [ ! -f "$work/$name" ]; then
        if [ -n "$from" ]; then
            if ! take "$name"; then
                if [ $verify = no ] && [[ $name == data_batch_* ]]; then continue; fi
                fail "there is no $name in $from"
            fi
        elif [ -z "$archive" ]; then
            download "$name"
        else
            download "$archive"
            unpack_archive "$work/$archive"
            [ -f "$work/$name" ] || fail "there is no $name in $archive"
        fi
    fi
    found=$(sum_of "$work/$name") || fail "$name from ${from:-the network} is damaged: it cannot be unpacked"
    if [ "$found" != "$sum" ]; then
        [ $verify = no ] || fail "$name from ${from:-the network} is not the published file: the SHA-256 sum of" \
            "its content is $found, expected $sum; to take it all the same, add --unverified"
        echo "get_data.sh: $name is not the published file; taken all the same" >&2
    fi
    taken+=("$name")
done <<<"$sums"
for name in "${taken[@]}"; do
    chmod u=rw,go=r "$work/$name"
    sync "$work/$name"
    mv -f -- "$work/$name" "$place/$name"
done
echo "$set_name is in $place: ${#taken[@]} files taken, $present were there"
