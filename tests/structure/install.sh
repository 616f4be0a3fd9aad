#!/bin/sh
# usage: install.sh BUILD CC [CXX]
# Installs the build below a fresh prefix and uses it as a stranger would: a small program built through pkg-config
# and through find_package, with the shared and the static library, in C and in C++. Also holds the shared library to
# its headers: it exports the functions declared FF_API, all of them and nothing else.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1 cc=$2 cxx=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
step() { echo "-- $*"; }

step "install"
cmake --install "$build" --prefix "$prefix" >"$work/log" || { cat "$work/log"; exit 1; }
pc=$(find "$prefix" -name ffengine.pc)
lib=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH
pkg-config --validate ffengine
version=$(pkg-config --modversion ffengine)

step "where libraries are looked for"
for file in "$build/engine/cli/ffengine" "$prefix/bin/ffengine" "$lib/libffengine.so"; do
	path=$(readelf -d "$file" | sed -n 's/.*R\(UN\)\{0,1\}PATH.*\[\(.*\)\]/\2/p')
	case ":${path:-/}:" in *::* | *:[!/]*:*)
		echo "$file: an entry of '$path' is the working folder, or relative to it"
		exit 1
		;;
	esac
done

step "exported functions"
nm -D --defined-only "$lib/libffengine.so" | awk '{ print $3 }' | sort >"$work/exported"
# Declarations run over several lines: join each up to its semicolon; the name stands before the first parenthesis
# that follows ff_.
cat "$prefix"/include/ffengine/*.h | tr '\n' ' ' | tr ';' '\n' | grep -v '#define FF_API[^;]*$' |
	grep -o 'FF_API .*' | grep -o 'ff_[a-z0-9_]*(' | tr -d '(' | sort -u >"$work/declared"
diff "$work/declared" "$work/exported" >"$work/difference" || {
	echo "declared in the headers (<) and exported by libffengine.so (>) differ:"
	cat "$work/difference"
	exit 1
}

# try PROGRAM WHICH: it runs and prints the package's version; WHICH library it needs at run time: shared or static.
try() {
	out=$("$1") || { echo "$1 fails"; exit 1; }
	[ "$out" = "$version" ] || { echo "$1 says version $out, pkg-config says $version"; exit 1; }
	if readelf -d "$1" | grep -q 'NEEDED.*libffengine'; then linked=shared; else linked=static; fi
	[ $linked = "$2" ] || { echo "$1 is linked to the $linked library, not the $2 one"; exit 1; }
}

# with_pkg_config COMPILER LANGUAGE: the flags are words, the prefix has no spaces.
with_pkg_config() {
	# shellcheck disable=SC2046
	"$1" -x "$2" "$here/consumer/consumer.c" -x none -o "$work/shared" -Wl,-rpath,"$lib" $(pkg-config --cflags --libs ffengine)
	try "$work/shared" shared
	# shellcheck disable=SC2046
	"$1" -x "$2" "$here/consumer/consumer.c" -x none -o "$work/static" \
		$(pkg-config --static --cflags --libs ffengine | sed 's/-lffengine/-l:libffengine.a/')
	try "$work/static" static
}

# with_find_package LANGUAGE COMPILER
with_find_package() {
	{
		cmake -S "$here/consumer" -B "$work/$1" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
			-DCONSUMER_VERSION="$version" -DCONSUMER_LANGUAGE="$1" -DCMAKE_"$1"_COMPILER="$2"
		cmake --build "$work/$1"
	} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
	try "$work/$1/with_ffengine" shared
	try "$work/$1/with_ffengine_static" static
}

step "pkg-config, C"
with_pkg_config "$cc" c
step "find_package, C"
with_find_package C "$cc"
[ -n "$cxx" ] || { echo "no C++ compiler: the C++ half was left out"; exit 77; }
step "pkg-config, C++"
with_pkg_config "$cxx" c++
step "find_package, C++"
with_find_package CXX "$cxx"
