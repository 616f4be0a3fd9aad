# Sourced by tests/run.sh and experiments/quickstart.sh: the Debian packages that ffengine needs, and how to install them.
# A line names a package, and how to tell that what it provides is there, wherever it came from:
#   tool NAME      a program on the PATH
#   module NAME    a pkg-config module
#   header NAME    a C header the compiler finds
#   file PATH      a file; PATH may hold a shell pattern
# Alternatives are separated by |.
# shellcheck shell=bash disable=SC2034

# Where Fashion-MNIST may be (see engine/data/search.h): in a folder of FFENGINE_DATA or below it, in the user's cache, or in
# the system's folder.
fashion_files() {
    local folder folders name=fashion-mnist cache=${HOME:-/nonexistent}/.cache
    [[ ${XDG_CACHE_HOME:-} != /* ]] || cache=$XDG_CACHE_HOME
    IFS=: read -r -a folders <<<"${FFENGINE_DATA:-}"
    for folder in "${folders[@]}"; do
        [[ -z $folder ]] || printf '%s|' "$folder/$name/train-*"
        [[ ${folder%/} != */$name && ${folder%/} != "$name" ]] || printf '%s|' "${folder%/}/train-*"
    done
    printf '%s|%s' "$cache/ffengine/$name/train-*" "/usr/share/datasets/$name/train-*"
}

# To build and use ffengine.
packages_use="
gcc                    tool cc|gcc|clang
cmake                  tool cmake
ninja-build            tool ninja|ninja-build
pkg-config             tool pkg-config
libblis-openmp-dev     header blis-openmp/blis.h|blis/blis.h|blis.h
libyaml-dev            module yaml-0.1
libjansson-dev         module jansson
zlib1g-dev             module zlib
libdeflate-dev         module libdeflate
libsqlite3-dev         module sqlite3
libhwloc-dev           module hwloc
libcurl4-openssl-dev   module libcurl
libssl-dev             module libcrypto
librandom123-dev       header Random123/philox.h
ca-certificates        file /etc/ssl/certs/ca-certificates.crt|/etc/ssl/cert.pem|/etc/pki/tls/certs/ca-bundle.crt
dataset-fashion-mnist  file $(fashion_files)
"

# In addition, to test it.
packages_test='
g++                    tool c++|g++|clang++
libcunit1-dev          module cunit
'

# In addition, for the build with the thread sanitizer.
packages_thread='
clang                  tool clang
libclang-rt-14-dev     file /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.tsan-*.a
libomp-14-dev          file /usr/lib/llvm-*/lib/libarcher.so
libblis-serial-dev     header blis-serial/blis.h
'

# In addition, for the long tests: the model checker and the queue that the ring is compared with.
packages_long='
spin                   tool spin
libck-dev              module ck
'

# True if one of the alternatives `$2` of kind `$1` is there.
package_is_there() {
    local kind=$1 names name compiler
    read -r -a compiler <<<"${CC:-cc}" # may be of several words, such as `ccache gcc`
    IFS='|' read -r -a names <<<"$2"
    for name in "${names[@]}"; do
        case $kind in
        tool) command -v "$name" >/dev/null && return ;;
        module) command -v pkg-config >/dev/null && pkg-config --exists "$name" && return ;;
        header) echo "#include <$name>" | "${compiler[@]}" -E - >/dev/null 2>&1 && return ;;
        file) compgen -G "$name" >/dev/null && return ;;
        esac
    done
    return 1
}

# packages_missing LIST: prints the packages of the list whose contents are missing, one per line.
packages_missing() {
    local package kind names
    while read -r package kind names; do
        [[ -z $package ]] || package_is_there "$kind" "$names" || echo "$package"
    done <<<"$1"
}

# As root, directly or through sudo; sudo asks on the terminal, never on standard input.
as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@" </dev/null
    else
        sudo "$@" </dev/null
    fi
}

apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"
}

# Installs the given packages. Fetches the package index if it does not know them or proves to be out of date.
apt_install() {
    local try
    for try in 1 2 3; do
        if [[ $try != 1 ]] || ! apt-get -qq --simulate install "$@" >/dev/null 2>&1; then
            echo "-- apt-get update"
            apt_get update || true # an index that cannot be reached shows at the installation
        fi
        echo "-- apt-get install $*"
        apt_get install --no-install-recommends "$@" && return
        [[ $try == 3 ]] || sleep $((5 * try))
    done
    return 1
}

# packages_install LIST: installs what is missing of the list. If that fails, says what is still missing.
packages_install() {
    local missing
    mapfile -t missing < <(packages_missing "$1")
    if ((${#missing[@]} == 0)); then
        echo "-- all packages are there"
        return
    fi
    echo "-- missing: ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get on this system. Install what these Debian packages bring, then try again" >&2
        echo "(with --no-install if all is there, but in places of its own):" >&2
    elif [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
        echo "Installing needs root or sudo. Have these packages installed, then try again:" >&2
    elif apt_install "${missing[@]}"; then
        return
    else
        echo "apt-get failed (its reason stands above). Install these packages, then try again:" >&2
    fi
    printf '  %s\n' "${missing[@]}" >&2
    return 1
}
