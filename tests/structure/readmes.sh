#!/bin/sh
# usage: readmes.sh ROOT
# The README files below ROOT name only what exists: source files (any word that ends in .c, .h, .inc, .md, .sh, .py or
# .pml), folders and files in backticks, functions `name()`, and the engine's names `ff_...` and `FF_...`. A file may be
# named from ROOT, include/, engine/, tests/ or its README's folder, or by its name alone. Words with NAME stand for
# others. Prints file:line: what; exits 1 if anything is missing.
set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tops=
for top in .ci include config engine experiments tests; do
	[ ! -d $top ] || tops="$tops $top"
done
# shellcheck disable=SC2086
{ find $tops -print; find . -maxdepth 1 -name '*.md' | sed 's/^\.\///'; } | sort >"$work/paths"
# shellcheck disable=SC2086
find $tops -type f \( -name '*.[ch]' -o -name '*.inc' -o -name '*.py' -o -name '*.pml' -o -name CMakeLists.txt \) -exec cat {} + |
	grep -o '[A-Za-z_][A-Za-z0-9_]*' | sort -u >"$work/words"

grep '\(^\|/\)README\.md$' "$work/paths" | awk -v work="$work" '
BEGIN {
	source_file = "^[A-Za-z0-9_./-]*[A-Za-z0-9_-][.](c|h|inc|md|sh|py|pml)$"
	while ((getline path < (work "/paths")) > 0) {
		known[path] = 1
		sub(/.*\//, "", path)
		known_name[path] = 1
	}
	while ((getline word < (work "/words")) > 0) is_word[word] = 1
}

function bad(what) { printf "%s:%d: no %s\n", file, line, what; failed = 1 }

function exists(path) {
	sub(/\/$/, "", path)
	return path in known || ("include/" path) in known || ("engine/" path) in known || ("tests/" path) in known ||
	       (folder path) in known || (path !~ /\// && path in known_name)
}

# A source file, by its ending.
function check_file(word) {
	sub(/^[^A-Za-z0-9_.]+/, "", word)
	sub(/[^A-Za-z0-9_]+$/, "", word)
	if (word ~ source_file && word !~ /NAME/ && !exists(word)) bad(word)
}

function check_code(text,   name, first) {
	if (text ~ source_file) return
	sub(/^(struct|enum) /, "", text)
	name = text
	sub(/\(.*/, "", name)
	if (text ~ /^[A-Za-z_][A-Za-z0-9_]*\(\)$/ || text ~ /^(ff|FF)_[A-Za-z0-9_]+$/) {
		if (name !~ /NAME/ && !(name in is_word)) bad(name)
		return
	}
	first = text
	if (!sub(/\/.*/, "", first) || text ~ /[^A-Za-z0-9_.\/-]/ || text ~ /NAME/) return
	if ((first in known || ("engine/" first) in known) && !exists(text)) bad(text)
}

# Every second piece between backticks is code.
function check_line(text,   n, i, piece, words, k) {
	n = fenced ? 0 : split(text, piece, "`")
	for (i = 2; i <= n; i += 2) check_code(piece[i])
	gsub(/[`(),;:|"]/, " ", text)
	n = split(text, words, " ")
	for (k = 1; k <= n; k++) check_file(words[k])
}

{
	file = folder = $0
	if (!sub(/[^\/]*$/, "", folder)) folder = ""
	fenced = 0
	for (line = 1; (getline text < file) > 0; line++)
		if (text ~ /^```/) fenced = !fenced
		else check_line(text)
	close(file)
}
END { exit failed }'
