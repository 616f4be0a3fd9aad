#!/bin/sh
# usage: selftest.sh CC [CXX]
# The structure tests can fail: each fault planted in a made-up tree is found, and the tree without faults passes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=$1 cxx=${2:-}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0

# put FILE TEXT: a file of the tree holding TEXT (a printf format).
put() {
	mkdir -p "$tree/$(dirname "$1")"
	# shellcheck disable=SC2059
	printf "$2\n" >"$tree/$1"
}

fresh() {
	rm -rf "$tree"
	put include/ffengine/a.h '#include <stddef.h>\n#include "ffengine/b.h"\nint ff_a(size_t n);'
	put include/ffengine/b.h 'int ff_b(void);'
	put config/load.c '#include "config/schema.h"\n#include "base/error.h"\n#include "ffengine/a.h"\n#include <yaml.h>'
	put engine/product/gemm_blis.c '#include <blis.h>\n#include "product/gemm.h"'
	put engine/product/gemm_openblas.c '#include <cblas.h>\n#include "product/gemm.h"'
	put engine/machine/team.c '#include <omp.h>\n#pragma omp parallel num_threads(2)'
	put engine/machine/topology.c '#include <hwloc.h>\n#include "machine/topology.h"'
	put engine/model/layer.c '#include "model/layer.h"\n#include "product/gemm.h"\n#include "data/dataset.h"\n#pragma omp simd'
	put engine/cli/main.c '#include "run/folder.h"\n#include "ffengine/a.h"\n# include  <stdio.h>'
}

# fault EXPECTED FILE TEXT: with this file the include test must fail and say EXPECTED about it.
fault() {
	fresh
	put "$2" "$3"
	if out=$(sh "$here/includes.sh" "$tree"); then
		echo "not found: $2: $3"
		failed=1
	elif ! printf '%s\n' "$out" | grep -qF "$2:1: " || ! printf '%s\n' "$out" | grep -qF "$1"; then
		echo "wrong complaint about $2: $out"
		failed=1
	fi
}

fresh
sh "$here/includes.sh" "$tree" || { echo "a tree without faults does not pass"; failed=1; }
fault 'higher folder' engine/base/x.c '#include "run/folder.h"'
fault 'higher folder' engine/data/x.h '#include "model/layer.h"'
fault 'higher folder' engine/model/x.c '#  include <pipeline/ring.h>'
fault 'higher folder' engine/run/x.c '#include "cli/main.h"'
fault 'only config/' engine/cli/x.c '#include "config/schema.h"'
fault 'config/ includes' config/x.c '#include "data/dataset.h"'
fault 'private' include/ffengine/x.h '#include "base/error.h"'
fault 'private' include/ffengine/x.h '#include "config/schema.h"'
fault 'standard C' include/ffengine/x.h '#include <yaml.h>'
fault 'gemm_blis.c only' engine/model/x.c '#include <blis.h>'
fault 'gemm_blis.c only' engine/product/gemm.c '#include <blis/blis.h>'
fault 'gemm_openblas.c only' engine/model/x.c '#include <blis/cblas.h>'
fault 'gemm_openblas.c only' engine/product/gemm_blis.c '#include <openblas/cblas-openblas.h>'
fault 'topology.c only' engine/pipeline/x.c '#include <hwloc.h>'
fault 'topology.c only' engine/machine/topology_text.c '#include <hwloc/bitmap.h>'
fault 'team.c only' engine/model/x.c '#include <omp.h>'
fault 'team.c only' engine/model/x.c '#pragma omp parallel for'
fault 'team.c only' engine/model/x.c '#define LOOP _Pragma("omp parallel for")'
fault 'team.c only' config/x.c '\t# pragma omp critical'
fault 'folder/file.h' engine/base/x.c '#include "error.h"'
fault 'folder/file.h' engine/base/x.c '#include "../run/folder.h"'
fault 'no way up' engine/base/x.c '#include "base/../run/folder.h"'
fault 'write the name' engine/base/x.c '#include HEADER'
fault 'without a rank' engine/extra/x.c ''

# bad_header WHAT TEXT
bad_header() {
	fresh
	put include/ffengine/x.h "$2"
	if sh "$here/headers.sh" "$tree" "$cc" "$cxx" >/dev/null 2>&1; then
		echo "passes as a header: $1"
		failed=1
	fi
}

fresh
sh "$here/headers.sh" "$tree" "$cc" "$cxx" || [ $? -eq 77 ] || { echo "good headers do not pass"; failed=1; }
bad_header 'one that needs another' 'size_t ff_x(void);'
bad_header 'one without a guard' 'struct ff_x { int a; };'
bad_header 'one that warns' 'static inline int ff_x(int unused) { return 0; }'
[ -z "$cxx" ] || bad_header 'one that is no C++' 'int ff_x(int class);'
exit $failed
