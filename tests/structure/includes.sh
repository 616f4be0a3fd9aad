#!/bin/sh
# usage: includes.sh ROOT
# Holds the sources below ROOT to the include rule of the house: a folder of engine/ includes itself, include/ and the
# folders below it; config/ includes include/ and engine/base; nobody else includes config/; include/ includes only
# itself and standard C. BLIS, OpenMP and hwloc stay in the one file made for each. Prints file:line: what; exits 1 if any.
set -eu
cd "$1"
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find include config engine -type f \( -name '*.[ch]' -o -name '*.inc' \) | sort >"$list"
[ -s "$list" ] || { echo "includes.sh: no sources below $1" >&2; exit 1; }

awk '
function bad(what) { printf "%s:%d: %s\n", file, line, what; failed = 1 }

function folder_of(path,   part) {
	split(path, part, "/")
	return part[1] == "engine" ? part[2] : part[1]
}

# The folder that an include names; "" for a system header or one without a folder.
function target_of(name,   part) {
	split(name, part, "/")
	if (part[1] == "ffengine") return "include"
	return part[1] == "config" || part[1] in rank ? part[1] : ""
}

function check_system(name) {
	if (name ~ /(^|\/)(blis|cblas[^\/]*)\.h$/ && file != "engine/product/gemm_blis.c")
		bad(name " belongs in engine/product/gemm_blis.c only")
	if (name ~ /(^|\/)omp\.h$/ && file != "engine/machine/team.c")
		bad(name " belongs in engine/machine/team.c only")
	if (name ~ /(^|\/)hwloc[^\/]*\.h$|^hwloc\// && file != "engine/machine/topology.c")
		bad(name " belongs in engine/machine/topology.c only")
	if (from == "include" && !(name in standard))
		bad("a public header includes " name ", which is neither its own nor standard C")
}

function check_include(text,   name, to, quoted) {
	if (text !~ /^["<]/) { bad("write the name of the included file out: " text); return }
	quoted = text ~ /^"/
	name = substr(text, 2)
	sub(/[">].*/, "", name)
	to = target_of(name)
	if (to == "") {
		if (quoted) bad("\"" name "\" does not start with a folder of the engine; write folder/file.h")
		check_system(name)
	} else if (name ~ /\.\.\//) bad("no way up in " name)
	else if (from == "include" && to != "include") bad("a public header includes private " name)
	else if (to == "config" && from != "config") bad("only config/ includes " name)
	else if (from == "config" && to != "config" && to != "include" && to != "base") bad("config/ includes " name)
	else if (from in rank && to in rank && rank[to] > rank[from]) bad(from "/ includes " name " of a higher folder")
}

function check_pragma(text) {
	if (text ~ /^omp[ \t]/ && text !~ /^omp[ \t]+(declare[ \t]+)?simd/ && file != "engine/machine/team.c")
		bad("OpenMP other than simd belongs in engine/machine/team.c only")
}

function check_file(   text) {
	from = folder_of(file)
	line = 1
	if (!(from in rank) && from != "include" && from != "config") bad("a folder without a rank; give it one in includes.sh")
	for (; (getline text < file) > 0; line++) {
		if (sub(/^[ \t]*#[ \t]*include[ \t]*/, "", text)) check_include(text)
		else if (sub(/^[ \t]*#[ \t]*pragma[ \t]+/, "", text)) check_pragma(text)
		else if (sub(/^.*_Pragma[ \t]*\([ \t]*"[ \t]*/, "", text)) check_pragma(text)
	}
	close(file)
}

BEGIN {
	n = split("base machine product data model pipeline plan run trace store sweep cli", order, " ")
	for (i = 1; i <= n; i++) rank[order[i]] = i
	n = split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal stdalign stdarg " \
	          "stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar wctype", c, " ")
	for (i = 1; i <= n; i++) standard[c[i] ".h"] = 1
}
{ file = $0; check_file() }
END { exit failed }
' "$list"
