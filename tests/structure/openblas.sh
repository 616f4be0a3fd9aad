#!/bin/sh
# usage: openblas.sh SOURCE CC
# A build with OpenBLAS: it has no warnings, the tests of matrices, layers and both executions pass with it, and the
# program is linked to no BLIS. Exit status 77 (skipped) where OpenBLAS is not installed.
set -eu
source=$1 cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$work/build
has() { echo "#include <$1>" | "$cc" -E - >/dev/null 2>&1; }
has openblas-pthread/cblas.h || has openblas/cblas.h || { echo "no OpenBLAS (pthread build)"; exit 77; }
tests='gemm labelled base layer model golden head pipeline'
{
	cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER="$cc" -DFF_BLAS=openblas -DFF_WERROR=ON &&
		cmake --build "$build" --parallel 2 --target ffengine bench_gemm $(printf 'test_%s ' $tests)
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
! ldd "$build/engine/cli/ffengine" | grep blis || { echo "FAILED: linked to BLIS"; exit 1; }
"$build/engine/cli/ffengine" version | grep -E '^matrices +.*OpenBLAS [0-9.]+ \(.+\)$' ||
	{ echo "FAILED: the version does not name OpenBLAS"; exit 1; }
ctest --test-dir "$build" -R "^($(echo $tests | tr ' ' '|'))\$" --no-tests=error --output-on-failure
