#!/bin/sh
# ffengine runs: what runs leave in the store, and how it is asked, exported and made anew.
. "$(dirname "$0")/lib.sh"

# Runs in the default folder, where runs.sqlite lies too.
tiny tiny.yaml
named() { find runs -mindepth 1 -maxdepth 1 -type d -name "$1-*" | sed 's|.*/||'; }
run run tiny.yaml --quiet --set name=small
exits 0
err_is_empty
run run tiny.yaml --quiet --set name=large --set layers.widths='[48,16]' --set train.epochs=4 --set seed=6
exits 0
run run tiny.yaml --quiet --set name=broken --set 'optimizer={kind: sgd, rate: 1000, decay: 1000}' --set train.epochs=20
exits 7
present runs/runs.sqlite
small=$(named small) large=$(named large) broken=$(named broken)

run runs list
exits 0
err_is_empty
[ "$(wc -l <"$out")" -eq 4 ] || fail 'not a line a run'
head -n 1 "$out" | grep -q '^id  *name  *status  *epochs  *test error  *samples/s  *when$' || fail 'no title'
grep -qE "^$small +small +done +3 +[0-9.]+ % +[0-9]+  20[0-9-]+ [0-9:]+$" "$out" || fail 'not the run as it was'
grep -qE "^$broken +broken +failed " "$out" || fail 'no failed run'

# Filters: a column, text in either quotes, a key of the experiment. Errors are in percent.
names() {
  run runs list --json "$@"
  exits 0
  err_is_empty
  cp "$out" list.json
  n=0 got=
  while name=$("$json_get" list.json $n name 2>/dev/null); do
    got="$got $(echo "$name" | tr -d '"')" n=$((n + 1))
  done
}
expect() { [ "$got" = "$1" ] || fail "runs$got, not$1"; }
names
expect ' broken large small'
names --sort started
expect ' small large broken'
names --where 'test_error > 1 and name like "large%"'
expect ' large'
names --where "name like 'large%' or name = \"small\"" --sort name
expect ' large small'
names --where 'train.epochs >= 4' --sort train.epochs
expect ' large broken'
names --where 'layers.widths = "[48, 16]" and execution.kind = '"'pipeline'"
expect ' large'
names --where 'error is not null and status = "failed"'
expect ' broken'
names --where 'epochs in (3, 5)'
expect ' small'
names --where "name <> 'a;b' and name <> '--' and (1)" --sort seed,desc --limit 1
expect ' large'
names --sort test_error,desc --limit 2
[ "$("$json_get" list.json 1 test_error)" != null ] || fail 'what was not measured is not last'
names --where 0
expect ''
want=$("$json_get" "runs/$small/result.json" test_error)
names --where "name = 'small'"
awk -v f="$want" -v p="$("$json_get" list.json 0 test_error)" 'BEGIN { exit !(p - 100 * f < 1e-9 && 100 * f - p < 1e-9) }' ||
  fail 'the test error is not in percent'

# Bad questions: status 2, a message, nothing on standard output, and the store as it was.
cksum runs/runs.sqlite >before
refused() {
  message=$1 hint=$2
  shift 2
  run runs "$@"
  exits 2
  out_is_empty
  err_has "$message"
  err_has "$hint"
}
refused "an expression cannot contain ';'" 'one expression' list --where '1; drop table runs'
refused "an expression cannot contain ';'" '' export csv --where '1;'
refused "a ')' without its '('" '' list --where '1) union select * from (select 1'
refused "a ')' without its '('" '' list --where '1); drop table run; select (1'
refused "a '(' without its ')'" '' list --where '(1'
refused 'a quoted text has no end' '' list --where "name = 'x"
refused 'an expression cannot contain a comment' '' list --where '1 -- x'
refused 'an expression cannot contain a comment' '' list --where '1 /* x'
refused 'no such column: tset_error' 'did you mean test_error' list --where 'tset_error < 2'
refused 'no such column: train.bacth' 'did you mean train.batch' list --where 'train.bacth = 50'
refused 'not authorized' '' list --where "load_extension('x')"
for sub in 'id in (select run from epoch)' '(SELECT count(*) from epoch a, epoch b, epoch c, epoch d) > 0' 'exists(select 1)' \
  '(with recursive a(x) as (select 1 union all select x + 1 from a) select max(x) from a)' '(+select 1)'; do
  refused 'an expression cannot contain a sub-select' 'one expression' list --where "$sub"
done
names --where "name <> 'select' and name <> \"with\""
expect ' broken large small'
refused 'integer overflow' 'shows the columns' list --where 'abs(-9223372036854775808) = 1'
refused 'string or blob too big' 'shows the columns' export csv --where 'randomblob(100000000000)'
refused 'malformed JSON' '' list --where "json_extract('{', '$.a')"
refused 'syntax error' '' list --where 'delete from run'
refused 'syntax error' '' list --where 'seed = 5 garbage'
refused 'misuse of aggregate' '' list --where 'max(seed)'
refused '--where has an empty value' '' list --where ''
refused "'epohcs' is neither a column" 'did you mean epochs' list --sort epohcs
refused "'id; drop table run' is neither a column" '' list --sort 'id; drop table run'
refused "'down' is not an order" 'KEY,desc' list --sort id,down
for limit in 0 -1 x 1x 99999999999999999999; do
  refused "'$limit' is not a number of runs" 'from 1' list --limit=$limit
done
refused "there is no run 'none'" 'ffengine runs list' show none
refused "there is no run 'none'" '' compare "$small" none
refused 'ID ID... is missing' '' compare "$small"
refused "unknown format 'xml'" 'csv' export xml
refused 'ID is missing' '' show
cksum runs/runs.sqlite | cmp -s - before || fail 'the store was changed'
[ "$(find runs -maxdepth 1 -name 'runs.sqlite*' | wc -l)" -eq 1 ] || fail 'a journal was left'

# Show, by the beginning of the name too.
for id in "$large" large; do
  run runs show "$id"
  exits 0
  err_is_empty
  for part in "$large" 'status                done' 'widths                [48, 16]' 'each layer alone' collector \
    'loss of each layer' 'epochs: 4'; do
    out_has "$part"
  done
  run runs show "$id" --json
  exits 0
  cp "$out" show.json
  json show.json epochs 4
  json show.json metrics 3 epoch 4
  json show.json settings layers.widths '"[48, 16]"'
  json show.json stages 1 name '"layer 1"'
  "$json_get" show.json metrics 3 loss 2 >/dev/null || fail 'no loss of layer 2'
done
run runs show "$broken"
exits 0
out_has 'error  '

# Compare: only keys that differ, and the results.
run runs compare small large
exits 0
for part in 'train.epochs ' 'layers.widths' 'test_error' '[32, 16]'; do
  out_has "$part"
done
out_lacks train.batch
run runs compare small large --json
exits 0
cp "$out" compare.json
json compare.json experiment train.epochs '[3,4]'
json compare.json result status '["done","done"]'
json compare.json id "[\"$small\",\"$large\"]"

# CSV: lines end in CR LF, what holds commas is quoted, a file appears whole or not at all.
run runs export csv --sort started --where 'status = "done"'
exits 0
[ "$(grep -c "$(printf '\r')\$" "$out")" -eq 3 ] || fail 'not three lines that end in CR LF'
head -n 1 "$out" | grep -q '^id,name,status,mode,seed,widths,epochs,' || fail 'no header'
grep -q "^$large,large,done,supervised,6,\"\[48, 16\]\",4," "$out" || fail 'not the run as it was'
cp "$out" printed.csv
run runs export csv --sort started --where 'status = "done"' --out table.csv
exits 0
out_is_empty
cmp -s printed.csv table.csv || fail 'the file differs from what is printed'
run runs export csv --where 'nonsense' --out table.csv
exits 2
cmp -s printed.csv table.csv || fail 'a refused export changed the file'
run runs export csv --out no/such/folder/table.csv
exits 5
err_has no/such/folder/table.csv

# Folders that are none.
for words in list 'show x' 'compare x y' 'export csv' rebuild; do
  # shellcheck disable=SC2086
  run runs $words --runs missing
  exits 5
  out_is_empty
  err_has missing
done
absent missing
mkdir empty
run runs list --runs empty
exits 5
err_has 'no run store'
err_has 'ffengine runs rebuild --runs empty'
[ -z "$(ls -A empty)" ] || fail 'a reader left something behind'

# A run with --out belongs to the store of its parent; so does one in a folder with odd names.
mkdir 'od d?%#'
for folder in 'od d?%#/x' 'od d?%#/y/'; do
  run run tiny.yaml --quiet --out "$folder"
  exits 0
  err_is_empty
done
mkdir 'od d?%#/z'
last='ffengine run --out .' code=0
(cd 'od d?%#/z' && "$ff" run ../../tiny.yaml --quiet --out .) >"$out" 2>"$err" || code=$?
exits 0
names --runs 'od d?%#' --sort id
expect ' tiny tiny tiny'
json list.json 2 id '"z"'
chmod a-w 'od d?%#' 'od d?%#/runs.sqlite'
names --runs 'od d?%#'
expect ' tiny tiny tiny'
chmod u+w 'od d?%#' 'od d?%#/runs.sqlite'

# A run that is killed is interrupted; while it lives it runs.
"$ff" run tiny.yaml --quiet --out runs/killed --set name=killed --set train.epochs=1000000 >/dev/null 2>&1 &
pid=$!
tries=600
until names --where 'epochs > 0 and name = "killed"' && [ -n "$got" ]; do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { fail 'no epoch came into the store'; break; }
  sleep 0.1
done
names --where 'status = "running"'
expect ' killed'
kill -KILL "$pid"
wait "$pid" 2>/dev/null
names --where 'status = "running"'
expect ''
names --where 'status = "interrupted"'
expect ' killed'

# The store that is made anew says the same. A store that is damaged is told, and stops no run.
rebuilt() {
  run runs rebuild
  exits 0
  err_is_empty
}
rebuilt # the killed run's last epochs
run runs list --json
cp "$out" before.json
rm runs/runs.sqlite
rebuilt
out_has 'runs/runs.sqlite: 4 runs'
run runs list --json
cmp -s "$out" before.json || fail 'another list than before'
echo 'This is not a database. This is not a database. This is not a database. This is not a database. This is.' >runs/runs.sqlite
cp runs/runs.sqlite damaged
run runs list
exits 4
out_is_empty
err_has 'runs/runs.sqlite: the run store is damaged'
err_has 'ffengine runs rebuild --runs runs'
cmp -s damaged runs/runs.sqlite || fail 'a damaged store was changed'
run run tiny.yaml --out runs/undeterred --quiet
exits 0
[ "$(grep -c 'warning: this run is not in the run store' "$err")" -eq 1 ] || fail 'not one warning'
grep -q 'warning: this run is not in the run store' runs/undeterred/log.txt || fail 'no warning in the log'
json runs/undeterred/result.json status '"finished"'
rebuilt
out_has '5 runs'
names --where 'id = "undeterred"'
expect ' tiny'

# The same weights, with a store or without.
run run tiny.yaml --out alone/run --quiet
exits 0
cmp -s alone/run/model.safetensors runs/undeterred/model.safetensors || fail 'the store changed the weights'
finish
