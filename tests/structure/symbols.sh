#!/bin/sh
# usage: symbols.sh NM BUILD
# Prints the global symbols of the engine's objects, which BUILD/objects.txt lists, a line each: the source file without
# its suffix, nm's letter for the kind (U: used, not defined here; T: a function) and the name.
set -eu
nm=$1 build=$2
[ -s "$build/objects.txt" ] || { echo "symbols.sh: no $build/objects.txt" >&2; exit 1; }
tr '\n' '\0' <"$build/objects.txt" | xargs -0 "$nm" -A -P -g | awk -v build="$build/" '
{
	source = substr($0, length(build) + 1)
	sub(/\.c\.o: .*/, "", source)
	sub(/CMakeFiles\/[^\/]*\.dir\//, "", source)
	sub(/\.\//, "", source)
	sub(/.*\.o: /, "")
	print source, $2, $1
}'
