#!/bin/sh
# Help: every command, every option, the keys of an experiment; always on standard output, always with status 0. The man
# page and the README say the same.
. "$(dirname "$0")/lib.sh"
page=$(dirname "$ff")/ffengine.1

for words in help --help -h; do
  run "$words"
  exits 0
  err_is_empty
  for command in run check sweep 'data list' 'data info' 'data fetch' 'runs list' 'runs rebuild' topology plan profile version help; do
    out_has "  $command "
  done
  out_has 'ffengine help experiment'
done

# The part of the man page on a command, from its `.It Cm COMMAND` to the next one of its kind.
man_section() {
  awk -v name="$1" '
    /^\.It Cm / { inside = $0 == ".It Cm " name || index($0, ".It Cm " name " ") == 1 }
    /^\.S[hs] / { inside = 0 }
    inside' "$page"
}

# options COMMAND OPTION...: help names exactly these options, and so does the man page.
options() {
  command=$1
  shift
  for form in "help $command" "$command --help" "$command -h" "-h $command" "--help $command"; do
    # shellcheck disable=SC2086
    run $form
    exits 0
    err_is_empty
    out_has "usage: ffengine $command"
    for option in "$@"; do
      grep -q -- "^  --$option " "$out" || fail "no --$option"
      man_section "$command" | grep -q "^\.It Fl Fl $option\( \|\$\)" ||
        fail "--$option is not in the man page's part on $command"
    done
    got=$(grep -c '^  --' "$out")
    [ "$got" -eq $# ] || fail "$got options, not $#"
  done
}
options run set out resume threads json quiet help
options check set threads graph dot help
options sweep set out print-jobs point json quiet help
options 'data list' json help
options 'data info' json help
options 'data fetch' to mirror quiet help
options 'runs list' where sort limit json runs help
options 'runs show' json runs help
options 'runs compare' json runs help
options 'runs export' where sort limit out runs help
options 'runs rebuild' runs help
options topology topology smt json help
options plan set cores topology rate bandwidth rates json help
options profile set seconds trace report slices rates threads json quiet help
options version help
options help help

run help run
[ "$(sed -n '1,2p' "$out" | grep -c '^.* ffengine run ')" -eq 2 ] || fail 'not two forms'
sed -n 1p "$out" | grep -q -- --resume && fail 'a combination that is refused'
sed -n 2p "$out" | grep -q -- 'ffengine run --resume DIR ' || fail 'no second form'

# The man page is well-formed, and names every command and every key; the README lists the commands as help does.
last='the man page' && : >"$out" && : >"$err"
present "$page"
for checker in 'mandoc -T lint -W warning' 'groff -man -ww -z'; do
  command -v "${checker%% *}" >/dev/null || { echo "no ${checker%% *}: the page is not checked by it"; continue; }
  $checker "$page" 2>&1 | grep -v 'outdated mandoc.db' >"$err"
  err_is_empty
done
grep -q '^@[A-Z]*@' "$page" && fail 'a table is missing'
run help
sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  *[a-z].*$/\1/p' "$out" | sed 's/ *$//' | grep -v '^ffengine' >commands
[ "$(wc -l <commands)" -ge 16 ] || fail "only these commands: $(cat commands)"
while read -r command; do
  [ -n "$(man_section "$command")" ] || fail "$command is not in the man page"
done <commands
sed -n '/^  run /,/^  help /p' "$out" >table
awk 'NR == FNR { wanted = wanted $0 "\n"; next } { text = text $0 "\n" } END { exit !index(text, wanted) }' table \
  "$source_folder/README.md" || fail 'the README has another list of commands'
run help experiment
sed -n '/^name /,/^Keys of an entry/s/^\([a-z][a-z0-9_.]*\(\[\]\.[a-z]*\)\{0,1\}\)\( .*\)\{0,1\}$/\1/p' "$out" >keys
[ "$(wc -l <keys)" -ge 70 ] || fail "only these keys: $(cat keys)"
while read -r key; do
  grep -qxF ".It Li $key" "$page" || fail "$key is not in the man page"
done <keys
run help glossary
exits 0
out_has 'goodness  '
run help experimen
exits 2
err_has 'did you mean `ffengine help experiment`'

run help data
exits 0
out_has 'data fetch'
run data --help
exits 0
out_has 'data fetch'

run help run
processors=$(cores)
out_has "\`auto\` is $processors on this machine" # a default that is live
XDG_CACHE_HOME=$work/cache
export XDG_CACHE_HOME
run help data fetch
out_has "$work/cache/ffengine"

run help experiment
exits 0
for key in layers.widths train.epochs optimizer.rate execution.kind execution.threads.total \
  execution.threads.per_stage execution.depth; do
  out_has "$key"
done
grep -A1 '^execution.kind ' "$out" | tr -s ' \n' ' ' | grep -qF 'one of pipeline, sequential; default pipeline' ||
  fail 'execution.kind is not as it is built'

for words in version --version; do
  run $words
  exits 0
  err_is_empty
  for part in 'ffengine 0.' 'matrices  ' glibc libyaml jansson zlib libdeflate SQLite hwloc 'data fetch' -ffp-contract=off; do
    out_has "$part"
  done
done

# BLIS takes its kernels for AVX-512 where the processor has two units for it, unless the user chooses others (3: haswell).
if grep -qw avx512_fp16 /proc/cpuinfo; then
  env -u BLIS_ARCH_TYPE "$ff" version | grep -q 'BLIS.*skx' || fail 'not the kernels for AVX-512'
  BLIS_ARCH_TYPE=99 "$ff" version 2>&1 | grep -q "BLIS_ARCH_TYPE is '99'.*ignored" ||
    fail 'kernels that do not exist are not refused'
  BLIS_ARCH_TYPE=3 "$ff" version | grep -q 'BLIS.*haswell' || fail "not the user's choice of kernels"
fi

# What runs do about cores.
run help topology
tr '\n' ' ' <"$out" >joined && cp joined "$out"
out_lacks 'not bind'
out_has 'execution.bind'
run help plan
tr '\n' ' ' <"$out" >joined && cp joined "$out"
out_lacks 'rule of its own'
out_has 'When a run begins, it makes such a plan'

# What the numbers of a profile are, wherever the lines are broken.
run help profile
tr '\n' ' ' <"$out" >joined && cp joined "$out"
out_has 'can make it more than 100 %'
out_has 'flops as of dense products'
out_has 'evaluation counts in neither'

finish
