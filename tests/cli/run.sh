#!/bin/sh
# ffengine run, from a file to a folder.
. "$(dirname "$0")/lib.sh"

tiny tiny.yaml
run run tiny.yaml --out first --threads 2
exits 0
for file in resolved.yaml run.json metrics.jsonl log.txt model.safetensors result.json; do
  present "first/$file"
done
[ "$(find first -type f | wc -l)" -eq 6 ] || fail "other files in the folder: $(ls first)"

# Standard output ends with the table; progress is plain lines, the last epoch's among them.
for part in train validation test error 'layer 1' 'layer 2' 'samples/s' 'folder  first'; do
  out_has "$part"
done
grep -qE '^slowest  (the source: at work|(layer [12], with [12] threads?|the collector of results): waits for work) [0-9]{1,3} % of the time$' "$out" ||
  fail 'no slowest part of the pipeline'
grep -q '^error .* %$' "$out" || fail 'no test error in the table'
err_has 'epoch 3/3'
! grep -q "$(printf '\r')" "$err" || fail 'a carriage return without a terminal'

json first/result.json name '"tiny"'
json first/result.json seed 5
json first/result.json status '"finished"'
json first/result.json epochs 3
json first/result.json folder '"first"'
for key in seconds total_seconds samples_per_second train_error validation_error test_error; do
  value=$("$json_get" first/result.json $key) || fail "no $key"
  echo "$value" | grep -qE '^[0-9.e+-]+$' || fail "$key is $value"
done
for key in cpu matrices libc compiler version; do
  "$json_get" first/result.json machine $key >/dev/null || fail "no machine.$key"
done
json first/result.json execution kind '"pipeline"'
"$json_get" first/result.json execution bottleneck | grep -qE '^"(source|layer [12]|collector)"$' || fail 'no bottleneck'
json first/result.json execution source threads 1
json first/result.json execution stages 1 layer 2
for key in leader threads busy waiting_input waiting_output; do
  "$json_get" first/result.json execution stages 1 $key | grep -qE '^[0-9.e+-]+$' || fail "no $key of stage 2"
done
"$json_get" first/result.json layer_test_error 1 >/dev/null || fail 'no error of layer 2'
"$json_get" first/result.json confusion 9 9 >/dev/null || fail 'no confusion matrix'
[ "$(wc -l <first/metrics.jsonl)" -eq 3 ] || fail 'not a line an epoch'
tail -n 1 first/metrics.jsonl >line.json
json line.json epoch 3
json line.json layer 0
for key in loss goodness_positive goodness_negative; do
  "$json_get" line.json $key 1 >/dev/null || fail "no $key of layer 2"
done

# The folder's own experiment gives the same network, bit for bit, at another number of threads.
run run first/resolved.yaml --out second --threads 1 --quiet
exits 0
err_is_empty
cmp -s first/model.safetensors second/model.safetensors || fail 'the resolved experiment gives other weights'

# Nothing of the section execution changes a bit: neither of the weights nor of the metrics, but for times.
untimed() { sed 's/, "seconds": [^,]*, "samples_per_second": [^,}]*//' "$1/metrics.jsonl"; }
for order in together greedy; do
  run run tiny.yaml --quiet --set train.order=$order --out $order --set execution.kind=sequential --threads 1
  exits 0
  out_lacks slowest
  json $order/result.json execution kind '"sequential"'
  untimed $order >metrics.$order
  [ "$(sed 's/seconds//' metrics.$order)" = "$(cat metrics.$order)" ] || fail 'a time is left'
  i=0
  for execution in '{kind: sequential, threads: {total: 3}}' '{threads: {total: 1}, depth: 1}' '{threads: {total: 4}}' \
    '{threads: {per_stage: 1}, depth: 1}' '{threads: {per_stage: 2}, depth: 9}' '{memory: {budget: 0}}' \
    '{bind: none}' '{bind: always, threads: {per_stage: 1}}'; do
    i=$((i + 1))
    run run tiny.yaml --quiet --set train.order=$order --out $order-$i --set "execution=$execution"
    exits 0
    cmp -s $order/model.safetensors $order-$i/model.safetensors || fail 'other weights than sequential execution'
    untimed $order-$i | cmp -s - metrics.$order || fail 'other metrics than sequential execution'
    for key in train_error validation_error test_error confusion; do
      json $order-$i/result.json $key "$("$json_get" $order/result.json $key)"
    done
  done
done

# Teams with more threads than processors: a warning, once and in the log too, even if quiet; the run succeeds all the same.
processors=$(cores)
warning="warning: the layers have $((2 * processors + 2)) threads, but this process only $processors processor"
for words in "--set execution.threads.per_stage=$((processors + 1))" \
  "--quiet --threads $((2 * processors + 2)) --set execution.threads.per_stage=$((processors + 1))" \
  "--quiet --threads $((2 * processors + 2)) --set execution.kind=sequential"; do
  # shellcheck disable=SC2086
  run run tiny.yaml --out crowded $words
  exits 0
  json crowded/result.json status '"finished"'
  for file in "$err" crowded/log.txt; do
    [ "$(grep -cF "$warning" "$file")" -eq 1 ] || fail "not one warning of surplus threads in $file"
    [ "$(grep -c 'warning' "$file")" -eq 1 ] || fail "another warning in $file"
  done
  grep -qF "ffengine: $warning" "$err" || fail 'the warning does not say whose it is'
  rm -r crowded
done
run run tiny.yaml --quiet --threads "$processors" --out fitting
exits 0
err_is_empty
! grep -q warning fitting/log.txt || fail 'a warning without a reason'

# A thread for each of many layers is no team, however few the processors.
many=$(i=1; while [ "$i" -le $((processors + 2)) ]; do printf '12,'; i=$((i + 1)); done)
run run tiny.yaml --quiet --set "layers.widths=[${many}12]" --set execution.threads.per_stage=1 --out each
exits 0
err_is_empty
! grep -q warning each/log.txt || fail 'a warning of a thread each'

run run tiny.yaml --json --quiet --out third
exits 0
err_is_empty
cmp -s "$out" third/result.json || fail '--json does not print result.json'

# Folders: a new one each time; one in use is refused and left alone.
run run tiny.yaml --quiet
exits 0
run run tiny.yaml --quiet
exits 0
[ "$(find runs -mindepth 1 -maxdepth 1 -name 'tiny-*' | wc -l)" -eq 2 ] || fail 'not two folders in runs'
ls -lR first >before
run run tiny.yaml --out first
exits 2
out_is_empty
err_has 'not empty'
ls -lR first >after
cmp -s before after || fail 'a refused folder was changed'
run run tiny.yaml --out tiny.yaml/below
exits 5
out_is_empty
err_has tiny.yaml

mkdir elsewhere
: >elsewhere/runs
last='ffengine run, where runs is a file' code=0
(cd elsewhere && "$ff" run ../tiny.yaml) >"$out" 2>"$err" || code=$?
exits 5
err_has '--out'

# What does not fit the data costs nothing but a message.
run run tiny.yaml --out wrong --set dataset.train=all --set train.batch=1000000
exits 4
out_is_empty
err_has 'ffengine: '
absent wrong
run run tiny.yaml --out wrong --set 'dataset={name: files, train_images: none, train_labels: b, test_images: c, test_labels: d}'
exits 4
err_has 'ffengine: none: cannot open'
err_has 'is the path right?'
absent wrong

# More memory than there is is not asked for.
run run tiny.yaml --out huge --set layers.widths='[1000000,1000000]'
exits 6
out_is_empty
err_has 'ffengine: '
absent huge

# A loss that is not finite ends the run; what was known is kept.
run run tiny.yaml --out diverged --quiet --set 'optimizer={kind: sgd, rate: 1000, decay: 1000}' --set train.epochs=20
exits 7
out_is_empty
err_has 'ffengine: '
json diverged/result.json status '"failed"'
json diverged/result.json error status '"numeric"'
absent diverged/model.safetensors

# The experiments of the README run, at a size for here.
for n in 1 2; do
  awk -v n=$n '/^```yaml/ { inside = ++block == n; next } /^```/ { inside = 0 } inside' "$source_folder/README.md" \
    >readme$n.yaml
  present readme$n.yaml
  run run readme$n.yaml --quiet --out readme$n --set dataset.name=synthetic --set dataset.train=400 \
    --set dataset.test=200 --set dataset.validation=50 --set layers.widths='[20,20]' --set train.epochs=1
  exits 0
  json readme$n/result.json name "\"readme$n\""
  json readme$n/result.json status '"finished"'
done
grep -q 'mode: unsupervised' readme2.yaml || fail 'no experiment without labels in the README'
finish
