#!/bin/sh
# ffengine sweep: points, kills, failures, refusals, locks, bad input.
. "$(dirname "$0")/lib.sh"
cat >s.yaml <<'END'
name: s
dataset: {name: synthetic, train: 2000, test: 200, synthetic: {height: 8, width: 8}}
train: {batch: 20, epochs: 60}
sweep:
  grid: {layers.widths: [[8], [12], [16], [24]], optimizer.rate: [0.001, 0.002, 0.003]}
  seeds: [1, 2]
END
run check s.yaml
exits 0
[ "$(grep -c '  - {name: ' "$out")" -eq 24 ] || fail 'not 24 points'
run run s.yaml
exits 3
err_has "s.yaml:4:1: 'sweep' describes several experiments"
run sweep s.yaml --print-jobs --out jobs
exits 0
[ "$(wc -l <"$out")" -eq 24 ] || fail 'not 24 jobs'
absent jobs
sed -n 24p "$out" | sed 's/^ffengine/"$ff"/' >job.sh
. ./job.sh >/dev/null || fail 'a job fails'
last_point=$(ls jobs/points | grep -v sqlite)

# Undisturbed, and killed at ten random moments: FF_TEST_SEED repeats those of a failure.
seed=${FF_TEST_SEED:-$(od -An -N2 -tu2 /dev/urandom | tr -d ' ')}
echo "the moments of the kills are those of FF_TEST_SEED=$seed"
began=$(date +%s%N)
run sweep s.yaml --out whole --quiet --json
took=$(($(date +%s%N) - began))
exits 0
err_is_empty
cp "$out" whole.json
json whole.json done 24
cmp -s "jobs/points/$last_point/model.safetensors" "whole/points/$last_point/model.safetensors" || fail 'a job differs'
killed=0
for delay in $(awk -v seed="$seed" -v t="$took" 'BEGIN { srand(seed); for (i = 0; i < 10; i++) print t / 8e9 * rand() }'); do
  "$ff" sweep s.yaml --out killed --quiet >/dev/null 2>&1 &
  job=$!
  sleep "$delay"
  kill -9 "$job" 2>/dev/null && killed=$((killed + 1))
  wait "$job" 2>/dev/null
  for file in killed/points/*/result.json; do
    [ ! -e "$file" ] || ! grep -q '"finished"' "$file" || stat -c '%n %i %Y' "$file" >>finished
  done
done
[ "$killed" -ge 5 ] || fail "the sweep had ended before $((10 - killed)) of the kills"
run sweep s.yaml --out killed --json
exits 0
cp "$out" killed.json
json killed.json done 24
json killed.json best "$("$json_get" whole.json best)"
[ "$(find killed/points -name result.json | wc -l)" -eq 24 ] || fail 'not 24 results'
sort -u finished >once
while read -r file inode time; do
  [ "$(stat -c '%i %Y' "$file")" = "$inode $time" ] || fail "$file was run twice"
done <once
for folder in whole/points/*/; do
  folder=${folder%/}
  cmp -s "$folder/model.safetensors" "killed/points/${folder##*/}/model.safetensors" || fail "$folder differs"
done
for file in killed/results.csv killed/sweep.svg killed/sweep.json; do present "$file"; done
[ "$(wc -l <killed/results.csv)" -eq 25 ] || fail 'not 24 lines of CSV'
# csv_equals NAME FACTOR: each point's cell is FACTOR times what sweep.json says; no cell here holds a comma.
head -n 1 killed/results.csv | tr -d '\r' >title
csv_equals() {
  column=$(tr , '\n' <title | grep -nx "$1" | cut -d: -f1)
  p=0
  while [ $p -lt 24 ]; do
    cell=$(sed -n "$((p + 2))p" killed/results.csv | tr -d '\r' | cut -d, -f"$column")
    value=$("$json_get" killed.json points $p "$1")
    awk -v cell="$cell" -v value="$value" -v times="$2" 'BEGIN {
      if (value == "null") exit cell != ""
      d = cell - times * value
      exit cell !~ /^[0-9.e+-]+$/ || d > 1e-9 * (1 + cell) || -d > 1e-9 * (1 + cell) }' ||
      fail "results.csv has $1 '$cell' of point $((p + 1)), sweep.json $value"
    p=$((p + 1))
  done
}
csv_equals test_error 100
csv_equals validation_error 100
csv_equals train_error 100
csv_equals samples_per_second 1
csv_equals seconds 1
[ "$(grep -c '<circle' killed/sweep.svg)" -eq 144 ] || fail 'not a dot a point, key and quantity'
run sweep s.yaml --out killed
exits 0
out_has '24 of 24 points done'
out_has 'layers.widths'
err_is_empty

# A point that fails, and one too large for any memory.
cat >bad.yaml <<'END'
name: bad
dataset: {name: synthetic, train: 200, test: 50, synthetic: {height: 8, width: 8}}
layers: {widths: [8]}
train: {batch: 20, epochs: 20}
sweep:
  list:
    - {optimizer: {kind: sgd, rate: 1000, decay: 1000}}
    - {layers.widths: [1000000, 1000000]}
    - {seed: 3}
    - {dataset: {name: synthetic, train: 1000000000, synthetic: {height: 400, width: 400}}}
END
run sweep bad.yaml --out bad
exits 7
err_has '3 of 4 points failed; point 1: '
err_has 'GiB are available'
json bad/sweep.json points 0 status '"failed"'
json bad/sweep.json points 1 status '"refused"'
json bad/sweep.json points 2 status '"done"'
json bad/sweep.json points 3 status '"refused"' # by the sizes of its data, which are not made
absent "bad/points/$("$json_get" bad/sweep.json points 1 name | tr -d '"')"

# SIGTERM, and a second sweep in one folder.
env --default-signal=INT,TERM "$ff" sweep s.yaml --out term --set train.epochs=2000 --quiet >/dev/null 2>&1 &
job=$!
tries=500
until ls term/points/*/metrics.jsonl >/dev/null 2>&1 || [ $tries -eq 0 ]; do tries=$((tries - 1)); sleep 0.02; done
run sweep s.yaml --out term
exits 2
err_has 'another sweep, or a job of one, is using this folder'
kill -TERM "$job"
code=0
wait "$job" || code=$?
exits 143
json term/sweep.json running 0
json term/sweep.json failed 0

mkdir other && echo x >other/file
: >other/lock # which others use too
run sweep s.yaml --out other
exits 2
err_has "not the folder of a sweep"
tiny tiny.yaml
run sweep tiny.yaml
exits 3
err_has 'the experiment has no sweep'
run sweep s.yaml --set sweep.parallel=4000
exits 3
err_has '4000 points at once'
run check s.yaml --set sweep.grid='{}'
exits 3
err_has 'sweep.grid is empty'
run check s.yaml --graph
exits 2
finish
