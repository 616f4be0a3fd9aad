#!/bin/sh
# ffengine sweep and run --resume: what an unfinished point has left.
. "$(dirname "$0")/lib.sh"
can_start || { echo 'skipped: env has no --default-signal'; exit 77; }
often=--set=execution.checkpoint=0.001 # behind every epoch that finds the disk idle
point_of() { "$json_get" "$1/sweep.json" points "$2" name | tr -d '"'; }

# ---- a point's folder that somebody else goes on in ----

cat >two.yaml <<'END'
name: two
dataset: {name: synthetic, train: 200, test: 50, synthetic: {height: 8, width: 8}}
train: {batch: 20}
layers: {widths: [8]}
sweep: {parallel: 1, grid: {train.epochs: [1000000, 2]}}
END
has_checkpoint() { ls "$1"/points/*/checkpoint.bin >/dev/null 2>&1; }
start sweep two.yaml --out two --quiet $often
await 'a checkpoint' has_checkpoint two
signal TERM
ends 143
point=two/points/$(point_of two 0)
present "$point/checkpoint.bin"
start run --resume "$point" --quiet $often
await 'the run that goes on' grep -q 'resumed after' "$point/log.txt"
run sweep two.yaml --out two --quiet
exits 2
err_has '1 of 2 points failed; point 1: '
err_has 'another process is at work on this run'
json two/sweep.json points 0 status '"failed"'
json two/sweep.json points 1 status '"done"'
run sweep two.yaml --out two --quiet --point "${point##*/}"
exits 2
err_has 'another process is at work on this run'
present "$point/metrics.jsonl"
signal TERM
ends 143
json "$point/result.json" status '"interrupted"'
finish
