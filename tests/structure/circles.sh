#!/bin/sh
# usage: circles.sh ROOT NM BUILD
# No circle of files in engine/ and config/. A file is NAME.c with NAME.h and NAME.inc; it depends on another if it
# includes its header or uses a symbol that its object defines. Prints each circle with what ties it; exits 1 if any.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find include config engine -type f \( -name '*.[ch]' -o -name '*.inc' \) | sort >"$work/sources"
sh "$here/symbols.sh" "$2" "$3" >"$work/symbols"

# A dependency a line: FILE OTHER includes HEADER, or FILE OTHER uses SYMBOL.
awk '
function stem(path) { sub(/\.[^.\/]*$/, "", path); return path }
{
	while ((getline line < $0) > 0)
		if (sub(/^[ \t]*#[ \t]*include[ \t]*"/, "", line)) {
			sub(/".*/, "", line)
			where = line ~ /^ffengine\// ? "include/" : line ~ /^config\// ? "" : "engine/"
			print stem($0), stem(where line), "includes", line
		}
	close($0)
}' "$work/sources" >"$work/dependencies"
awk '
$2 == "U" { users[$3] = users[$3] " " $1; next }
$2 !~ /^[wv]$/ { definer[$3] = $1 }
END {
	for (symbol in definer) {
		n = split(users[symbol], user, " ")
		for (i = 1; i <= n; i++) print user[i], definer[symbol], "uses", symbol
	}
}' "$work/symbols" >>"$work/dependencies"

sort -u "$work/dependencies" | awk '
# Marks all files that `start` depends on, directly or not.
function reach(start,   queue, head, tail, next_file, i, n) {
	queue[tail = head = 1] = start
	for (; head <= tail; head++) {
		n = split(needs[queue[head]], next_file, " ")
		for (i = 1; i <= n; i++)
			if (!((start, next_file[i]) in reaches)) {
				reaches[start, next_file[i]] = 1
				queue[++tail] = next_file[i]
			}
	}
}

function print_circle(first,   i, k, members, n, circle) {
	for (i = 1; i <= n_files; i++)
		if (reaches[first, files[i]] && reaches[files[i], first]) {
			circle[++n] = files[i]
			printed[files[i]] = 1
			members = members " " files[i]
		}
	print "circle of " n " files:" members
	for (i = 1; i <= n; i++)
		for (k = 1; k <= n; k++)
			if ((circle[i], circle[k]) in tie) print "  " circle[i] " -> " circle[k] ":" tie[circle[i], circle[k]]
}

$1 != $2 {
	if (!($1 in needs)) files[++n_files] = $1
	if (!(($1, $2) in tie)) needs[$1] = needs[$1] " " $2
	tie[$1, $2] = tie[$1, $2] " " $3 " " $4
}
END {
	for (i = 1; i <= n_files; i++) reach(files[i])
	for (i = 1; i <= n_files; i++)
		if (reaches[files[i], files[i]] && !printed[files[i]]) {
			print_circle(files[i])
			failed = 1
		}
	exit failed
}'
