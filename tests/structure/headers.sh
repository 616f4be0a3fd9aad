#!/bin/sh
# usage: headers.sh ROOT CC [CXX]
# Every header below ROOT/include compiles alone, and twice over, as C17 and as C++17 without a warning.
# Without CXX the C++ half is left out and, if the C half held, the exit status is 77 (skipped).
set -eu
cd "$1"
cc=$2 cxx=${3:-}
failed=0 count=0

# compile HEADER COMPILER FLAG...
compile() {
	header=$1
	shift
	printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		"$@" -Wall -Wextra -Wshadow -pedantic -Werror -fsyntax-only -Iinclude - && return
	echo "include/$header does not compile alone: $*"
	failed=1
}

for path in $(find include -name '*.h' | sort); do
	count=$((count + 1))
	compile "${path#include/}" "$cc" -std=c17 -Wstrict-prototypes -x c
	[ -z "$cxx" ] || compile "${path#include/}" "$cxx" -std=c++17 -x c++
done
[ $count -gt 0 ] || { echo "no headers below $1/include"; exit 1; }
[ $failed -eq 0 ] || exit 1
echo "$count headers compile alone"
[ -n "$cxx" ] || { echo "no C++ compiler: the C++ half was left out"; exit 77; }
