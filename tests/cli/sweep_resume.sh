#!/bin/sh
# ffengine sweep and run --resume: what an unfinished point has left.
. "$(dirname "$0")/lib.sh"
can_start || { echo 'skipped: env has no --default-signal'; exit 77; }
point_of() { "$json_get" "$1/sweep.json" points "$2" name | tr -d '"'; }

# ---- a point's folder that somebody else goes on in ----

cat >two.yaml <<'END'
name: two
dataset: {name: synthetic, train: 200, test: 50, synthetic: {height: 8, width: 8}}
train: {batch: 20}
layers: {widths: [8]}
execution: {checkpoint: 0.001}
sweep: {parallel: 1, grid: {train.epochs: [1000000, 2]}}
END
has_checkpoint() { ls "$1"/points/*/checkpoint.bin >/dev/null 2>&1; }
start sweep two.yaml --out two --quiet
await 'a checkpoint' has_checkpoint two
signal TERM
ends 143
point=two/points/$(point_of two 0)
present "$point/checkpoint.bin"
start run --resume "$point" --quiet
await 'the run that goes on' grep -q 'resumed after' "$point/log.txt"
run sweep two.yaml --out two --quiet
exits 2
err_has '1 of 2 points failed; point 1: '
err_has 'another process is working on this run'
json two/sweep.json points 0 status '"failed"'
json two/sweep.json points 1 status '"done"'
run sweep two.yaml --out two --quiet --point "${point##*/}"
exits 2
err_has 'another process is working on this run'
present "$point/metrics.jsonl"
signal TERM
ends 143
json "$point/result.json" status '"interrupted"'

# ---- a sweep that is killed: its points go on from their checkpoints ----

cat >s.yaml <<'END'
name: s
dataset: {name: synthetic, train: 400, test: 100, synthetic: {height: 8, width: 8}}
train: {batch: 20, epochs: 300}
layers: {widths: [16]}
execution: {checkpoint: 0.001}
sweep: {parallel: 1, grid: {optimizer.rate: [0.001, 0.002]}}
END
run sweep s.yaml --out whole --quiet
exits 0
first=points/$(point_of whole 0) second=points/$(point_of whole 1)
start sweep s.yaml --out cut --quiet
await 'a checkpoint' test -e "cut/$first/checkpoint.bin"
signal KILL
wait "$job" 2>/dev/null
absent "cut/$first/result.json"
rm -f "cut/$first/resolved.yaml" # which the sweep knows better
# ... and what there is no going on from is begun anew
mkdir "cut/$second" && cp "cut/$first"/* "cut/$second" && echo old >"cut/$second/old"
run sweep s.yaml --out cut --quiet
exits 0
out_has '2 of 2 points done'
for point in "$first" "$second"; do
  cmp -s "whole/$point/model.safetensors" "cut/$point/model.safetensors" || fail "$point: other weights"
  for key in epochs train_error test_error confusion; do
    json "cut/$point/result.json" $key "$("$json_get" "whole/$point/result.json" $key)"
  done
  cmp -s "whole/$point/resolved.yaml" "cut/$point/resolved.yaml" || fail "$point: another resolved.yaml"
done
[ "$(grep -c ' resumed after [1-9]' "cut/$first/log.txt")" -eq 1 ] || fail 'the first point has begun anew'
grep -q resumed "cut/$second/log.txt" && fail 'the second point goes on from the checkpoint of the first'
absent "cut/$second/old"

# As a job.
start sweep s.yaml --out job --point "${first#points/}"
await 'a checkpoint' test -e "job/$first/checkpoint.bin"
signal KILL
wait "$job" 2>/dev/null
run sweep s.yaml --out job --point "${first#points/}"
exits 0
grep -q ' resumed after [1-9]' "job/$first/log.txt" || fail 'the job has begun anew'
cmp -s "whole/$first/model.safetensors" "job/$first/model.safetensors" || fail 'a job that goes on differs'
finish
