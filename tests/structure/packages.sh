#!/usr/bin/env bash
# usage: packages.sh SOURCE
# The checks of .ci/packages.sh see what is there, wherever it lies, and nothing else.
set -euo pipefail
source "$1/.ci/packages.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
unset XDG_CACHE_HOME CC
HOME=$work/home

# expect yes|no COMMAND...
expect() {
    local wanted=$1 got=yes
    shift
    "$@" || got=no
    [[ $got == "$wanted" ]] || { echo "FAILED: $*: $got, not $wanted"; failures=$((failures + 1)); }
}

# Without the system's own copy, which may be there or not.
found() {
    local alternatives
    alternatives=$(fashion_files)
    package_is_there file "${alternatives%|*}"
}

mkdir -p "$work/a b/fashion-mnist" "$work/other"
: >"$work/a b/fashion-mnist/train-images-idx3-ubyte.gz"
expect no found
FFENGINE_DATA=$work/other expect no found
FFENGINE_DATA=$work/other:$work/a\ b expect yes found
FFENGINE_DATA="$work/a b/fashion-mnist/" expect yes found
: >"$work/other/train-images-idx3-ubyte"
FFENGINE_DATA=$work/other expect no found
XDG_CACHE_HOME=$work/cache expect no found
mkdir -p "$work/cache/ffengine"
cp -r "$work/a b/fashion-mnist" "$work/cache/ffengine"
XDG_CACHE_HOME=$work/cache expect yes found

expect yes package_is_there header stdio.h
expect no package_is_there header no/such/header.h
CC="env cc" expect yes package_is_there header stdio.h
CC="env no-such-compiler" expect no package_is_there header stdio.h
expect no package_is_there tool no-such-tool
expect yes package_is_there tool 'no-such-tool|sh'

[[ $packages_use != *g++* && $packages_use != *cunit* ]] ||
    { echo "FAILED: the program needs neither a C++ compiler nor CUnit"; failures=$((failures + 1)); }
((failures == 0))
