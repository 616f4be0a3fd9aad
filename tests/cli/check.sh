#!/bin/sh
# ffengine check: prints what it read, so that it reads the same again; reports all faults of a file at once.
. "$(dirname "$0")/lib.sh"

tiny tiny.yaml
run check tiny.yaml
exits 0
err_is_empty
out_has 'name: "tiny"'
out_has 'widths:'
cp "$out" resolved.yaml
run check resolved.yaml
exits 0
cmp -s "$out" resolved.yaml || fail 'the resolved file does not resolve to itself'

run check tiny.yaml --set seed=77 --set layers.widths=[48,24,12] --threads 3
exits 0
out_has 77
out_has 48
run check tiny.yaml --set seed=77 --set seed=78
out_has 78
grep -qw 77 "$out" && fail 'the first of two overrides won'
run check tiny.yaml --set execution.threads.total=5 --threads 3
cp "$out" three.yaml
run check tiny.yaml --set execution.threads.total=3
cmp -s "$out" three.yaml || fail '--threads does not outrank --set'

cat >bad.yaml <<'END'
name: bad
sed: 3
layers:
  widths: [64, 0]
train:
  epochs: many
optimizer: {kind: adm}
END
run check bad.yaml
exits 3
out_is_empty
err_has 'seed'
for place in 2:1 4: 6:11 7:; do
  grep -q "^bad.yaml:$place" "$err" || fail "no fault at bad.yaml:$place"
done

# What the keys of execution exclude, each at its place; all that is built spelt out and read again.
cat >threads.yaml <<'END'
layers:
  widths: [8, 8]
  each: [{threads: 3}, {}]
execution:
  threads: {total: 3}
END
run check threads.yaml
exits 3
out_is_empty
grep -q '^threads.yaml:5:20: the stages have 4 threads, more than execution.threads.total: 3;' "$err" ||
  fail 'no fault at threads.yaml:5:20'
run check threads.yaml --set execution='{kind: sequential, depth: 2}'
exits 3
err_has 'execution.threads.per_stage has no effect with execution.kind: sequential'
err_has 'execution.depth has no effect with execution.kind: sequential'
run check threads.yaml --threads 4 --set execution.depth=3
exits 0
for line in '- {threads: auto}' 'kind: pipeline' 'total: 4' 'per_stage: 3' 'depth: 3'; do
  out_has "$line"
done
cp "$out" resolved.yaml
run check resolved.yaml --set name=threads
cmp -s "$out" resolved.yaml || fail 'the resolved file does not resolve to itself'

# What the modes exclude, all at once and each at its place.
cat >modes.yaml <<'END'
mode: unsupervised
layers: {widths: [8, 8]}
negatives: {kind: wrong_label, blur: 3}
evaluate: {by: goodness}
train: {patience: 2}
head: {layers: []}
END
run check modes.yaml
exits 3
out_is_empty
cut -d ';' -f 1 "$err" | grep '^modes.yaml:' >faults
cat >wanted <<'END'
modes.yaml:1:7: an unsupervised network needs a head to classify
modes.yaml:3:19: unsupervised mode has no labels, so it cannot have wrong ones
modes.yaml:3:38: negatives.blur has no effect with negatives.kind: wrong_label
modes.yaml:4:16: an unsupervised network cannot classify by goodness
modes.yaml:5:19: early stopping needs validation images
modes.yaml:6:16: head.layers is empty
END
cmp -s faults wanted || fail "other faults: $(cat faults)"
for words in 'negatives={draw: head}' 'negatives={draw: goodness, lag: 8}' 'mode=unsupervised'; do
  run check tiny.yaml --set "$words"
  exits 3
  out_is_empty
  grep -q "^--set $words: " "$err" || fail "no fault of $words"
done
run check tiny.yaml --set 'head={when: together}' --set 'negatives={draw: head, lag: 7}' --set train.patience=1
exits 0
for line in 'when: together' 'draw: head' 'lag: 7' 'patience: 1' 'by: goodness' 'layers: auto'; do
  out_has "$line"
done
cp "$out" resolved.yaml
run check resolved.yaml
cmp -s "$out" resolved.yaml || fail 'the resolved file does not resolve to itself'

run run bad.yaml
exits 3
grep -q '^bad.yaml:6:11' "$err" || fail 'run does not report faults as check does'
absent runs

err_has 'ffengine: bad.yaml: '
run check bad.yaml --set zzz=1
err_has 'ffengine: bad.yaml and --set: '
run check tiny.yaml --set layers.widht=3
err_has 'ffengine: --set: 1 fault'
exits 3
out_is_empty
err_has layers.width
: >empty.yaml
run check empty.yaml
exits 3
out_is_empty
# Of a very long path the end is shown, with line and column.
long=$(printf '%0200d' 0)
mkdir -p "$long/$long/$long"
cp bad.yaml "$long/$long/$long"
run check "$long/$long/$long/bad.yaml"
exits 3
grep -q '^\.\.\.0*/0*/0*/bad.yaml:6:11: ' "$err" || fail 'no place at the end of a long path'
if [ "$(id -u)" -ne 0 ]; then
  cp bad.yaml secret.yaml
  chmod 0 secret.yaml
  run check secret.yaml
  exits 5
  err_has 'no permission to read'
fi
run check .
err_lacks 'is the path right?'
exits 5
out_is_empty
finish
