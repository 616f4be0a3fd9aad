#!/bin/sh
# ffengine run --resume: a run that was killed or interrupted ends in the bits of one that was not; what cannot be resumed
# is refused, and its folder left as it is.
. "$(dirname "$0")/lib.sh"
can_start || { echo 'skipped: env has no --default-signal'; exit 77; }

epochs=200
tiny tiny.yaml
often=--set=execution.checkpoint=0.001 # behind every epoch that finds the disk idle

lines() { cat "$1/metrics.jsonl" 2>/dev/null | wc -l; }
has_lines() { [ "$(lines "$1")" -ge "$2" ] && [ -e "$1/checkpoint.bin" ]; }
untimed() { sed 's/, "seconds": [^,]*, "samples_per_second": [^,}]*//' "$1/metrics.jsonl"; }

# same FOLDER WANTED: all that a run leaves, but for times and its name.
same() {
  cmp -s "$1/model.safetensors" "$2/model.safetensors" || fail "$1: other weights than $2"
  untimed "$1" >got.metrics
  untimed "$2" >wanted.metrics
  cmp -s got.metrics wanted.metrics || fail "$1: other metrics than $2"
  json "$1/result.json" status '"finished"'
  for key in epochs train_error validation_error test_error best_epoch confusion layer_test_error; do
    json "$1/result.json" $key "$("$json_get" "$2/result.json" $key)"
  done
  cmp -s "$1/resolved.yaml" "$1.resolved" || fail "$1/resolved.yaml was changed"
  [ "$(find "$1" -type f | wc -l)" -eq 6 ] || fail "other files in the folder: $(ls "$1")"
}

# state FOLDER: everything in it.
state() { find "$1" -printf '%p %s %T@ %i\n' -type f -exec cksum {} \; | sort; }

# refused FOLDER CODE TEXT [WORD]...: it is not resumed, and nothing in it has changed.
refused() {
  folder=$1 wanted=$2 text=$3
  shift 3
  state "$folder" >before
  run run --resume "$folder" "$@"
  exits "$wanted"
  err_has "$text"
  out_is_empty
  state "$folder" >after
  cmp -s before after || fail "$folder was changed"
}

# killed FOLDER LINES WORD...: begins a run and kills it when it has so many epochs, and a checkpoint.
killed() {
  folder=$1 least=$2
  shift 2
  start run "$@" $often --quiet
  await "epoch $least" has_lines "$folder" "$least"
  kill -s KILL "$pid" || fail 'it ended before it was killed'
  wait "$job" 2>/dev/null
  absent "$folder/result.json"
  [ -e "$folder.resolved" ] || cp "$folder/resolved.yaml" "$folder.resolved"
}

# ---- killed at some moments ----

i=0
for what in \
  '--set=execution.kind=sequential' \
  '--set=optimizer={kind: sgd, rate: 0.01, schedule: cooldown}' \
  '--set=train={order: greedy, batch: 50, epochs: 100}' \
  '--set=train={batch: 50, epochs: 200, patience: 150}' \
  '--set=head={when: after, epochs: 60, layers: all}' \
  '--set=negatives={draw: goodness, lag: 1}'; do
  i=$((i + 1))
  run run tiny.yaml --set train.epochs=$epochs "$what" --quiet --out "whole-$i"
  exits 0
  absent "whole-$i/checkpoint.bin"
  killed "cut-$i" 7 tiny.yaml --set train.epochs=$epochs "$what" --out "cut-$i"
  cp "cut-$i/checkpoint.bin" old.bin
  killed "cut-$i" $(($(lines "cut-$i") + 10)) --resume "cut-$i"
  cp old.bin "cut-$i/checkpoint.bin" # as if none had come since: ten epochs at least are trained again
  threads=--threads=1
  [ $((i % 2)) -eq 0 ] || threads=--threads=auto
  run run --resume "cut-$i" --quiet --set execution.checkpoint=0.1 $threads
  exits 0
  err_is_empty
  same "cut-$i" "whole-$i"
  [ "$(grep -c ' resumed after [1-9]' "cut-$i/log.txt")" -eq 2 ] || fail 'log.txt does not tell of both'
  "$json_get" "cut-$i/run.json" resumed >/dev/null || fail 'run.json does not say when'
done
grep -q 'resumed after .* at epoch' cut-1/log.txt || fail 'log.txt does not say where'

# In the run store each epoch is there once, as in one that is made anew.
run runs export csv --runs . --out store.csv
exits 0
run runs show cut-2 --runs . --json
[ "$(grep -c '"number"' "$out")" -eq $epochs ] || fail "the store has not $epochs epochs of cut-2"
cp "$out" show.json
run runs rebuild --runs .
run runs export csv --runs . --out anew.csv
cmp -s store.csv anew.csv || fail 'the store is not what the folders say'
run runs show cut-2 --runs . --json
cmp -s "$out" show.json || fail 'the store has other rows than the folders'
grep -q '^cut-2,.*,done,' store.csv || fail 'a resumed run is not done in the store'

# ---- interrupted ----

start run tiny.yaml --set train.epochs=$epochs $often --out stopped
cp_resolved() { [ -e stopped/resolved.yaml ] && cp stopped/resolved.yaml stopped.resolved; }
await 'an epoch' has_lines stopped 5
cp_resolved
signal INT
ends 130
json stopped/result.json status '"interrupted"'
out_has 'resume  ffengine run --resume stopped'
present stopped/checkpoint.bin
present stopped/model.safetensors
# ... and killed when it has gone on, with nothing left of what it was when it was interrupted
killed stopped $(($(lines stopped) + 10)) --resume stopped
absent stopped/model.safetensors
run run --resume stopped --json --quiet --set execution.checkpoint=0.1
exits 0
cmp -s "$out" stopped/result.json || fail '--json does not print result.json'
run run tiny.yaml --set train.epochs=$epochs --quiet --out whole
same stopped whole

# By SIGTERM; and whatever the folder is called.
for name in . termed/ "it's"; do
  folder=$name
  [ "$name" != . ] || folder=here
  start run tiny.yaml --set train.epochs=$epochs $often --out "$folder"
  await 'an epoch' has_lines "$folder" 5
  cp "$folder/resolved.yaml" "${folder%/}.resolved"
  signal TERM
  ends 143
  json "$folder/result.json" status '"interrupted"'
  [ "$name" != "it's" ] || out_has "resume  ffengine run --resume 'it'\\''s'"
  [ "$name" != . ] || cd here || exit 1
  run run --resume "$name" --quiet
  exits 0
  err_is_empty
  [ "$name" != . ] || cd .. || exit 1
  same "${folder%/}" whole
  run runs show "$(basename "$folder")" --runs . --json
  exits 0
  [ "$(grep -c '"number"' "$out")" -eq $epochs ] || fail "the store has not $epochs epochs of $folder"
done

# Failed, on a disk that is full: what to do about it is said with the error, and it is no other folder.
killed short 5 tiny.yaml --set train.epochs=2000 --out short
bytes=$(wc -c <short/metrics.jsonl)
last='ffengine run --resume short' code=0
(ulimit -f $((bytes / 512 + 4)) && exec "$ff" run --resume short --set execution.checkpoint=0 --quiet) >"$out" 2>"$err" || code=$?
exits 5
err_has 'File too large'
err_has '  free some space; then resume with: ffengine run --resume short'
err_lacks '--out'
json short/result.json status '"failed"'
run run tiny.yaml --set train.epochs=2000 --quiet --out long
run run --resume short --quiet
exits 0
same short long

# ---- refused ----

run run --resume nowhere
exits 5
err_has 'nowhere: cannot open the run'
absent nowhere
mkdir empty
refused empty 2 'it is not the folder of a run'
refused whole 2 'the run has finished'
run run --resume tiny.yaml
exits 2
err_has 'it is not a folder'

start run tiny.yaml --set train.epochs=1000000 --set execution.checkpoint=0 --out none --quiet
await 'epochs' test -s none/metrics.jsonl
run run --resume none
exits 2
err_has 'another process is working on this run'
signal INT
ends 130
out_lacks 'resume  '
refused none 2 'no checkpoint to resume from'

killed bad 5 tiny.yaml --set train.epochs=100000 --out bad
refused bad 2 "'tiny.yaml': FILE and --resume exclude each other" tiny.yaml
refused bad 2 '--set seed=6: a resumed run keeps' --set seed=6
refused bad 2 '--set train.epochs=3: a resumed run keeps' --set train.epochs=3
refused bad 2 '--set executions.x=3: a resumed run keeps' --set executions.x=3
refused bad 2 'stays in its own folder' --out other
refused bad 2 'is not a number of threads' --threads none
cp bad/resolved.yaml good.yaml
sed -i 's/^seed: 5/seed: 6/' bad/resolved.yaml
refused bad 2 'of another experiment'
rm bad/resolved.yaml
refused bad 5 'bad/resolved.yaml'
cp good.yaml bad/resolved.yaml

cp bad/checkpoint.bin good.bin
size=$(wc -c <good.bin)
for at in 20 500 8000 8200 $((size / 2)) $((size - 1)); do
  byte=$(od -An -tu1 -j "$at" -N1 good.bin)
  # shellcheck disable=SC2059
  printf "\\$(printf %o $((byte ^ 64)))" | dd of=bad/checkpoint.bin bs=1 seek="$at" conv=notrunc 2>/dev/null
  cmp -s bad/checkpoint.bin good.bin && fail "byte $at was not changed"
  refused bad 4 'the checkpoint is damaged'
  cp good.bin bad/checkpoint.bin
done
for bytes in 0 100 8192 $((size - 1)); do
  head -c "$bytes" good.bin >bad/checkpoint.bin
  refused bad 4 'the checkpoint is damaged'
done
cp good.bin bad/checkpoint.bin
cp bad/metrics.jsonl good.metrics
head -n 1 good.metrics >bad/metrics.jsonl
refused bad 4 'metrics.jsonl is shorter'
cp good.metrics bad/metrics.jsonl

# Other images, or labels, of the same number: rows as they are, and lists of mostly black ones, which are made of pixels
# that are let go of.
mkdir images black
"$helpers/make_images" images || fail 'no images'
for file in train test; do
  cp images/$file-labels black/
  { head -c 16 images/$file; tail -c +17 images/$file | LC_ALL=C tr '\001-\077' '\000'; } >black/$file
done
for images in images black; do
  data="--set=dataset={name: files, train_images: $images/train, test_images: $images/test, train_labels: $images/train-labels,
    test_labels: $images/test-labels, validation: 50}"
  killed on-$images 5 tiny.yaml --set train.epochs=100000 "$data" --out on-$images
  for file in train train-labels test test-labels; do
    cp $images/$file good.data
    at=$(($(wc -c <good.data) - 7))
    byte=$(od -An -tu1 -j $at -N1 good.data)
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((byte ^ 1)))" | dd of=$images/$file bs=1 seek=$at conv=notrunc 2>/dev/null
    refused on-$images 4 "the dataset's images are not those that the run started with"
    cp good.data $images/$file
  done
  wanted=$(($(lines on-$images) + 1))
  start run --resume on-$images --quiet --set execution.checkpoint=0
  await 'more epochs' has_lines on-$images $wanted
  # the file that it has gone on from takes no space any more
  ls -l "/proc/$pid/fd" | grep -q 'checkpoint.bin\( (deleted)\)*$' && fail 'it holds the checkpoint before'
  signal TERM
  ends 143
done

# ---- a checkpoint that cannot be written: a warning, once, and the run goes on ----

wide='--set=layers.widths=[256,128]'
last='ffengine run ... --out full'
code=0
(ulimit -f 800 && exec "$ff" run tiny.yaml "$wide" --set train.epochs=30 $often --quiet --out full) >"$out" 2>"$err" || code=$?
exits 0
[ "$(grep -c 'warning: training continues, but no newer checkpoint was written' "$err")" -eq 1 ] || fail 'not one warning'
err_has 'File too large'
grep -q 'no newer checkpoint' full/log.txt || fail 'no warning in log.txt'
cp full/resolved.yaml full.resolved
run run tiny.yaml "$wide" --set train.epochs=30 --quiet --out roomy
same full roomy
finish
