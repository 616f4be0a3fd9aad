#!/bin/sh
# usage: selftest.sh NM CC [CXX]
# The structure tests can fail: each fault planted in a made-up tree is found, and the tree without faults passes.
# shellcheck disable=SC2016 # backticks are those of READMEs
set -eu
here=$(cd "$(dirname "$0")" && pwd)
nm=$1 cc=$2 cxx=${3:-}
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
fault 'gemm_blis.c only' engine/model/x.c '#include <blis/cblas.h>'
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

# bad_readme EXPECTED TEXT: with this line in a README of engine/base the test of READMEs must fail and say EXPECTED.
bad_readme() {
	put engine/base/README.md "$2"
	if out=$(sh "$here/readmes.sh" "$tree"); then
		echo "passes in a README: $2"
		failed=1
	elif [ "$out" != "engine/base/README.md:1: no $1" ]; then
		echo "wrong complaint about '$2': $out"
		failed=1
	fi
}

fresh
put engine/model/README.md '`layer.c`, `topology.c` and model/layer.c; `config`, `engine/run/`, `tests/cmd_NAME.c`
	`ff_a()`, `struct ff_a`, `a/b`, `run.json`
	```
	layer.c -> product/gemm_blis.c
	```'
put engine/run/folder.c 'int ff_a(size_t n) { return n; }'
sh "$here/readmes.sh" "$tree" || { echo "a README without faults does not pass"; failed=1; }
bad_readme engine/base/x.c 'in `engine/base/x.c`'
bad_readme base/x.h 'in base/x.h.'
bad_readme x.inc '(x.inc, of which no backtick)'
bad_readme engine/lost 'in `engine/lost`'
bad_readme ff_lost 'by `ff_lost()`'
bad_readme ff_lost '`struct ff_lost`'
bad_readme find_it '`find_it()`'

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

# compile: the tree's sources, and the list of their objects that a build leaves.
compile() {
	for source in $(cd "$tree" && find engine config -name '*.c'); do
		object=$tree/build/CMakeFiles/ff_objects.dir/$source.o
		mkdir -p "$(dirname "$object")"
		"$cc" -I"$tree" -I"$tree/engine" -c "$tree/$source" -o "$object"
		echo "$object"
	done >"$tree/build/objects.txt"
}

# A chain: run/folder uses run/lock, both use base/error, and each includes the headers of what it uses.
chain() {
	rm -rf "$tree"
	mkdir -p "$tree/build" "$tree/include" "$tree/config"
	put engine/base/error.h '#pragma once\nint ff_error_set(void);'
	put engine/base/error.c '#include "base/error.h"\nint ff_error_set(void) { return 1; }'
	put engine/run/lock.h '#pragma once\n#include "base/error.h"\nint ff_lock1(void);'
	put engine/run/lock.c '#include "run/lock.h"
		int ff_lock_csr(void) { return ff_error_set(); }\nint ff_lock_csc(void) { return 2; }
		int ff_lock1(void) { return 3; }'
	put engine/run/folder.c '#include "run/lock.h"\nint ff_lock2(void) { return ff_lock1() + ff_error_set(); }'
}

# found TEST EXPECTED: the test must fail on the tree as it stands and print EXPECTED.
found() {
	compile
	if out=$(sh "$here/$1.sh" "$tree" "$nm" "$tree/build"); then
		echo "$1.sh does not find: $2"
		failed=1
	elif ! printf '%s\n' "$out" | grep -qF "$2"; then
		echo "$1.sh says instead of '$2': $out"
		failed=1
	fi
}

chain
compile
for test in circles names; do
	sh "$here/$test.sh" "$tree" "$nm" "$tree/build" || { echo "$test.sh fails on a tree without faults"; failed=1; }
done

put engine/run/lock.h '#pragma once\n#include "base/error.h"\n#include "run/folder.h"\nint ff_lock1(void);'
put engine/run/folder.h '#pragma once\n#include "run/lock.h"'
found circles 'engine/run/lock -> engine/run/folder: includes run/folder.h'
chain
put engine/base/error.c 'int ff_lock2(void);\nint ff_error_set(void) { return ff_lock2(); }'
found circles 'engine/base/error -> engine/run/folder: uses ff_lock2'
chain # a circle of three, of which a header's include is one tie and a symbol another
put engine/base/error.c 'int ff_lock2(void);\nint ff_error_set(void) { return ff_lock2(); }'
put engine/run/folder.c '#include "run/lock.h"\nint ff_lock2(void) { return 0; }'
found circles 'circle of 3 files: engine/base/error engine/run/folder engine/run/lock'
chain
put config/tree.inc ''
put engine/run/tree.h ''
found names 'files of the same name: config/tree and engine/run/tree'
chain
put config/tree.c 'int ff_lock_rows(void) { return 0; }\nint ff_lock_row(void) { return 0; }'
found names 'ff_lock_rows and ff_lock_row'
chain
put config/tree.c 'int ff_point(void) { return 0; }\nint ff_print(void) { return 0; }'
found names 'ff_print and ff_point'
exit $failed
