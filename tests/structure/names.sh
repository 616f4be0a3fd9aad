#!/bin/sh
# usage: names.sh ROOT NM BUILD
# Names in engine/ and config/ that a reader takes for one another: source files of the same name in two folders, and
# global functions that differ by one letter. Prints each pair; exits 1 if any. Digits tell names apart, and so do words
# of at most three letters (csc and csr, get and set), which are read as a whole.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
symbols=$(mktemp)
trap 'rm -f "$symbols"' EXIT
sh "$here/symbols.sh" "$2" "$3" >"$symbols"
failed=0

find config engine -type f \( -name '*.[ch]' -o -name '*.inc' \) | sed 's/\.[^.]*$//' | sort -u | awk -F/ '
$NF in first { print "files of the same name: " first[$NF] " and " $0; failed = 1 }
{ first[$NF] = $0 }
END { exit failed }' || failed=1

awk '$2 == "T" { print $3 }' "$symbols" | sort -u | awk '
# The word around position i: the letters between two underscores.
function word_at(name, i,   before, after) {
	before = substr(name, 1, i - 1)
	after = substr(name, i)
	sub(/.*_/, "", before)
	sub(/_.*/, "", after)
	return before after
}

function compare(one, other, i) {
	if (substr(one, i, 1) ~ /[0-9]/ || (length(word_at(one, i)) <= 3 && length(word_at(other, i)) <= 3)) return
	if ((one, other) in told) return
	told[one, other] = 1
	print "functions that differ by one letter: " one " and " other
	failed = 1
}

{ names[++n] = $0; is_name[$0] = 1 }
END {
	for (k = 1; k <= n; k++)
		for (i = 1; i <= length(names[k]); i++) {
			without = substr(names[k], 1, i - 1) substr(names[k], i + 1)
			if (without in is_name) compare(names[k], without, i)
			if ((without, i) in last) compare(names[k], last[without, i], i)
			last[without, i] = names[k]
		}
	exit failed
}' || failed=1
exit $failed
