#!/bin/sh
# SIGINT, SIGTERM and SIGHUP during ffengine run: the first ends it early and in order, the second at once.
. "$(dirname "$0")/lib.sh"
can_start || { echo 'skipped: env has no --default-signal'; exit 77; }

trains() { [ -s "$1/metrics.jsonl" ]; }
trains_layer() { grep -q "\"layer\": $2" "$1/metrics.jsonl" 2>/dev/null; }
has() { grep -qF "$1" "$err"; }
grows() { [ "$(wc -l <"$1/metrics.jsonl")" -gt "$2" ]; }

whole_lines() {
  [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1")" ] || fail "$1 ends within a line"
}
whole_metrics() {
  whole_lines "$1/metrics.jsonl"
  ! grep -qv '^{.*}$' "$1/metrics.jsonl" || fail 'a line of metrics.jsonl is no object'
  [ ! -s "$1/metrics.jsonl" ] || { tail -n 1 "$1/metrics.jsonl" >line.json; "$json_get" line.json epoch >/dev/null; } ||
    fail 'the last line of metrics.jsonl is not JSON'
}

# readable FILE LAST: a model with this tensor as its last one, and as many bytes as its header says.
readable() {
  size=$(od -An -tu8 -N8 "$1" | tr -d ' ')
  tail -c +9 "$1" | head -c "$size" >header.json
  end=$("$json_get" header.json "$2" data_offsets 1) || fail "$1 has no $2"
  [ "$(wc -c <"$1")" -eq $((8 + size + end)) ] || fail "$1 has not the size that its header says"
}

# in_order FOLDER LAYERS [LAST]: all that a finished run leaves, marked as interrupted.
in_order() {
  for file in resolved.yaml log.txt model.safetensors result.json; do
    present "$1/$file"
  done
  [ "$(find "$1" -type f | wc -l)" -eq 6 ] || fail "other files in the folder: $(ls "$1")"
  json "$1/result.json" status '"interrupted"'
  json "$1/result.json" folder "\"$1\""
  whole_metrics "$1"
  whole_lines "$1/log.txt"
  epochs=$("$json_get" "$1/result.json" epochs)
  [ "$(wc -l <"$1/metrics.jsonl")" -eq "$epochs" ] || fail "$epochs epochs in result.json, others in metrics.jsonl"
  grep -q "interrupted after $epochs whole epochs" "$1/log.txt" || fail 'no word of it in log.txt'
  readable "$1/model.safetensors" "${3:-layers.$(($2 - 1)).bias}"
}

# evaluated FOLDER: on the test images too.
evaluated() {
  value=$("$json_get" "$1/result.json" test_error)
  echo "$value" | grep -qE '^[01](\.[0-9]+)?$' || fail "test_error is $value"
  "$json_get" "$1/result.json" confusion 9 9 >/dev/null || fail 'no confusion matrix'
  grep -q 'test error' "$1/log.txt" || fail 'no test error in log.txt'
}

# Training that ends by signal only, in both ways and both orders.
tiny tiny.yaml
for kind in pipeline sequential; do
  for order in together greedy; do
    set -- run tiny.yaml --set execution.kind=$kind --set train.order=$order --set train.epochs=1000000
    folder=$kind-$order
    start "$@" --out "$folder"
    await 'an epoch' trains "$folder"
    signal INT
    ends 130
    in_order "$folder" 2
    evaluated "$folder"
    json "$folder/result.json" execution kind "\"$kind\""
    err_has 'ffengine: interrupted: finishing the work in progress'
    for part in ', seed 5, interrupted: ' test error 'layer 1' "folder  $folder"; do
      out_has "$part"
    done

    start "$@" --out "$folder-json" --json --quiet
    await 'an epoch' trains "$folder-json"
    signal TERM
    ends 143
    in_order "$folder-json" 2
    evaluated "$folder-json"
    err_is_empty
    cmp -s "$out" "$folder-json/result.json" || fail '--json does not print result.json'
  done
done

# Within a later greedy layer: those before it and this one are evaluated, those behind it have their first weights.
start run tiny.yaml --out later --set train.order=greedy --set layers.widths='[16,16,16,16,16,16,16,16]' \
  --set dataset.train=5000 --set train.epochs=20
await 'layer 2' trains_layer later 2
signal INT
ends 130
in_order later 8
evaluated later
"$json_get" later/result.json layer_test_error 1 >/dev/null || fail 'no error of layer 2'
! "$json_get" later/result.json layer_test_error 7 >/dev/null 2>&1 || fail 'an error of a layer that has not trained'

# What waits for something to come back ends all the same: the source for wrong labels and for verdicts.
for lag in 0 auto; do
  for kind in pipeline sequential; do
    start run tiny.yaml --out "back-$kind-$lag" --set execution.kind=$kind --set 'head={when: together, layers: all}' \
      --set "negatives={draw: head, lag: $lag}" --set train.epochs=1000000 --set train.patience=1000000
    await 'an epoch' trains "back-$kind-$lag"
    signal INT
    ends 130
    in_order "back-$kind-$lag" 2 head.bias
    evaluated "back-$kind-$lag"
    [ "$("$json_get" "back-$kind-$lag/result.json" best_epoch)" -ge 1 ] || fail 'no weights were kept'
  done
done

# Without labels: before the head trains nothing classifies; then it does.
start run tiny.yaml --out layers --set mode=unsupervised --set head.when=after --set train.epochs=1000000
await 'an epoch' trains layers
signal INT
ends 130
in_order layers 2 head.bias
for key in test_error head_test_error goodness_test_error confusion; do
  json layers/result.json $key null
done
start run tiny.yaml --out head --set mode=unsupervised --set head.when=after --set train.epochs=1 \
  --set head.epochs=1000000
await 'the head' trains_layer head 3
signal INT
ends 130
in_order head 2 head.bias
evaluated head
json head/result.json test_error "$("$json_get" head/result.json head_test_error)"

# Before training: the data is still being made.
start run tiny.yaml --out early --set dataset.train=50000 --set 'dataset.synthetic={height: 32, width: 32}' \
  --set train.epochs=1000000
await 'a handler' watches
signal TERM
ends 143
in_order early 2
evaluated early
json early/result.json epochs 0

# During the last evaluation: the weights are those of a finished run, and what was not measured is null.
cat >wide.yaml <<'EOF'
name: wide
dataset: {name: synthetic, train: 400, test: 100000, synthetic: {height: 8, width: 8}}
layers: {widths: [1000, 1000]}
train: {batch: 50, epochs: 1}
evaluate: {train: never}
execution: {threads: {total: 2}}
EOF
run run wide.yaml --out whole --set dataset.test=50 --quiet
exits 0
for kind in pipeline sequential; do
  start run wide.yaml --out last-$kind --set execution.kind=$kind
  await 'the model' test -e last-$kind/model.safetensors
  signal INT
  ends 130
  in_order last-$kind 2
  json last-$kind/result.json epochs 1
  json last-$kind/result.json test_error null
  json last-$kind/result.json confusion null
  cmp -s whole/model.safetensors last-$kind/model.safetensors || fail 'not the weights of a finished run'
  grep -q '^error .*-$' "$out" || fail 'an error in the table that was not measured'
done

# A terminal that goes away.
start run tiny.yaml --out hangup --set train.epochs=1000000
await 'an epoch' trains hangup
signal HUP
ends 129
in_order hangup 2
evaluated hangup

# Two at once are one request. Either may be delivered first; of two the same the kernel would make one.
start run tiny.yaml --out both --set train.epochs=1000000
await 'an epoch' trains both
kill -s INT "$pid"
kill -s TERM "$pid"
wait "$job" 2>/dev/null || code=$?
[ "$code" -eq 130 ] || exits 143
in_order both 2
evaluated both

# A second signal, while the evaluation after the first would take many seconds.
for pair in 'INT INT 130' 'INT TERM 143' 'TERM INT 130'; do
  # shellcheck disable=SC2086
  set -- $pair
  folder=twice-$1-$2
  start run wide.yaml --out "$folder" --set train.epochs=1000000
  await 'an epoch' trains "$folder"
  signal "$1"
  await 'the note' has 'interrupt again to end at once'
  await 'the model' test -e "$folder/model.safetensors"
  sleep 0.4 # a later request, not the same one
  before=$(date +%s)
  signal "$2"
  ends "$3"
  [ $(($(date +%s) - before)) -le 4 ] || fail 'it took its time'
  out_is_empty
  absent "$folder/result.json"
  readable "$folder/model.safetensors" layers.1.bias
  whole_metrics "$folder"
  whole_lines "$folder/log.txt"
done

# A signal may be ignored from the start, as SIGINT in a script's background: it goes on, and the other one ends it.
for pair in 'INT TERM 143' 'TERM INT 130'; do
  # shellcheck disable=SC2086
  set -- $pair
  folder=deaf-$1 in_shell="trap '' $1"
  start run tiny.yaml --out "$folder" --set train.epochs=1000000
  in_shell=:
  await 'an epoch' trains "$folder"
  signal "$1"
  lines=$(wc -l <"$folder/metrics.jsonl")
  await 'another epoch' grows "$folder" $((lines + 20))
  err_lacks interrupted
  signal "$2"
  ends "$3"
  in_order "$folder" 2
  evaluated "$folder"
done
finish
