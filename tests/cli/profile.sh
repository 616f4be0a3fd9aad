#!/bin/sh
# ffengine profile: tables, a trace by the format's rules whose sums are the report's, a trace that was cut, bad input.
. "$(dirname "$0")/lib.sh"
tiny net.yaml
cat >rates.json <<'JSON'
{"gflops": 100, "packing_rows": 24, "cache_gigabytes": 40, "core_gigabytes": 12, "node_gigabytes": 100,
 "region_microseconds": 3, "hand_off_microseconds": 2}
JSON

# traced TRACE REPORT: the trace keeps all rules.
traced() {
  said=$("$helpers/trace_check" "$1" "$2" 2>&1) || fail "$1: $said"
}
only_files() {
  [ "$(ls | tr '\n' ' ')" = "$1 " ] || fail "there are: $(ls | tr '\n' ' '), not: $1"
}

run profile net.yaml --rates rates.json --threads 2 --quiet
exits 0
err_is_empty
for word in 'tiny: ' samples/s GFLOP/s 'of peak' GB/s load 'layer 1' 'layer 2' source collector 'grad+upd' normalise \
  'as of dense products' 'ring ' 'layer 1 to layer 2' bottleneck 'try  ' imbalance counters 'trace       tiny.trace.json' \
  'report      tiny.profile.json'; do
  out_has "$word"
done
out_lacks 'cut  '
only_files 'net.yaml rates.json tiny.profile.json tiny.trace.json'
traced tiny.trace.json tiny.profile.json
json tiny.profile.json epochs 3
json tiny.profile.json pairs 1200
json tiny.profile.json head_epochs 0
json tiny.profile.json head_images 0
json tiny.profile.json head_images_per_second null
json tiny.profile.json ended_early false
json tiny.profile.json thread_a_layer null
json tiny.profile.json slices_cut 0
json tiny.profile.json rates gflops 100.0
json tiny.profile.json stages 1 steps 'gradient + update' slices 24
json tiny.profile.json stages 2 steps forward slices 24
json tiny.trace.json displayTimeUnit '"ms"'

# The validator can fail: slices that overlap, a sum that is another, a phase that is unknown.
wrong() {
  sed "$1" tiny.trace.json >wrong.json
  ! cmp -s wrong.json tiny.trace.json || fail "nothing changed by $1"
  ! "$helpers/trace_check" wrong.json tiny.profile.json >said 2>&1 || fail "the check missed: $1"
  grep -q "$2" said || fail "it said '$(cat said)', not '$2'"
  rm wrong.json said
}
wrong 's/"step":"forward"/"step":"loss"/' 'in the report'
wrong 's/"dur":\([0-9]*\)\./"dur":1\1./' 'overlap'
wrong 's/"ph":"C"/"ph":"Z"/' "the phase 'Z'"
wrong 's/"packets":/"packets":-/' 'not a number >= 0'

# Every kind of net; one thread for all, which has one track.
run profile net.yaml --rates rates.json --quiet --json --trace t.json --report r.json \
  --set head.when=together --set negatives.draw=head --set train.patience=5
exits 0
cmp -s "$out" r.json || fail 'the JSON printed is not the report'
traced t.json r.json
json r.json stages 3 stage '"readout"'
run profile net.yaml --rates rates.json --quiet --trace t.json --report r.json --set execution.kind=sequential \
  --set mode=unsupervised --set head.when=after --set head.epochs=2 --set train.order=greedy --set train.batch=full
exits 0
out_has 'execution'
traced t.json r.json
json r.json pipeline false
out_has ' pairs, then 800 images by the head alone'
out_has ' samples/s, then '
json r.json epochs 6
json r.json pairs 2400
json r.json head_epochs 2
json r.json head_images 800
json r.json stages 3 stage '"readout"'
json r.json stages 3 samples_per_second_at_work null
[ "$("$json_get" r.json stages 3 head_images_per_second_at_work)" != null ] || fail 'the head has no speed'
json r.json rings '[]'

# What a thread a layer would bring is told where layers share a team and there are processors for it.
run profile net.yaml --rates rates.json --quiet --trace t.json --report r.json --threads 1
exits 0
gain=$("$json_get" r.json thread_a_layer)
if [ "$("$json_get" r.json processors)" -ge 4 ]; then
  awk -v g="$gain" 'BEGIN { exit !(g > 0.1 && g < 4) }' || fail "a thread a layer: $gain"
elif [ "$("$json_get" r.json processors)" -eq 1 ]; then
  [ "$gain" = null ] || fail "a thread a layer on one processor: $gain"
fi

# It ends with its time, in the middle of an epoch, with what the trace had room for.
run profile net.yaml --seconds 0.3 --slices 50 --rates rates.json --quiet --trace t.json --report r.json \
  --set train.epochs=1000000
exits 0
out_has 'cut  '
traced t.json r.json
json r.json ended_early true
[ "$("$json_get" r.json slices_cut)" -gt 0 ] || fail 'nothing was cut'
[ "$("$json_get" t.json otherData slices_cut)" = "$("$json_get" r.json slices_cut)" ] || fail 'the trace does not say so'

# A link stays and its file is replaced; a FIFO is written to, and so is what standard output goes to.
mkdir real
ln -s real/t.json link.json
run profile net.yaml --rates rates.json --quiet --trace link.json --report r.json
exits 0
traced real/t.json r.json
[ -L link.json ] || fail 'the link was replaced'
rm -r link.json real
mkfifo fifo
timeout 60 cat fifo >t.json &
reader=$!
run profile net.yaml --rates rates.json --quiet --trace fifo --report r.json
exits 0
[ -p fifo ] || { fail 'the FIFO was replaced'; kill "$reader"; }
wait "$reader"
traced t.json r.json
rm fifo
ln -s /dev/stdout printed
run profile net.yaml --rates rates.json --quiet --trace t.json --report printed --json
exits 0
[ -L printed ] || fail 'the link to standard output was replaced'
[ "$(grep -c '"bottleneck"' "$out")" -eq 2 ] || fail 'the report is not printed twice'
rm printed

# Without rates they are measured.
run profile net.yaml --seconds 0.2 --quiet --set name=other
exits 0
traced other.trace.json other.profile.json
out_has 'peak  '

# Ctrl-C: a report of what was measured.
if can_start; then
  start profile net.yaml --seconds 60 --rates rates.json --quiet --trace t.json --report r.json \
    --set train.epochs=1000000
  await 'a handler' watches
  sleep 0.3
  signal INT
  ends 130
  out_has bottleneck
  traced t.json r.json
fi

rm -rf ./*
tiny net.yaml
cat >"$work/files.yaml" <<'YAML'
dataset: {name: files, train_images: nowhere, train_labels: nowhere, test_images: nowhere, test_labels: nowhere}
layers: {widths: [8]}
YAML
# bad STATUS MESSAGE WORD...: and nothing is left.
bad() {
  status=$1 message=$2
  shift 2
  run profile "$@"
  exits "$status"
  out_is_empty
  err_has "$message"
  only_files 'net.yaml'
}
bad 2 "--seconds: '-1' is not a number of seconds" net.yaml --seconds -1
bad 2 "--seconds: 'x' is not a number of seconds" net.yaml --seconds x
bad 2 "--seconds: '0' is not a number of seconds" net.yaml --seconds 0
bad 2 "--seconds: 'inf' is not a number of seconds" net.yaml --seconds inf
bad 2 "--seconds: '1e9' is not a number of seconds" net.yaml --seconds 1e9
bad 2 '--seconds needs a value' net.yaml --seconds
bad 2 "--slices: '0' is not a number of slices" net.yaml --slices 0
bad 2 "--slices: '2x' is not a number of slices" net.yaml --slices 2x
bad 2 'name the same file' net.yaml --trace same --report same
bad 2 'name the same file' net.yaml --trace ./same --report same
bad 2 'name the same file' net.yaml --trace "$PWD/same" --report ../here/same
bad 2 'name the same file' net.yaml --report tiny.trace.json
bad 2 'name the same file' net.yaml --trace .//tiny.profile.json
bad 2 'FILE is missing'
bad 2 'did you mean --seconds?' net.yaml --second 3
bad 3 "unknown key 'layers.width'" net.yaml --set layers.width=3
bad 4 'nowhere' "$work/files.yaml"
bad 5 'none.yaml' none.yaml
bad 5 'none.json: cannot read the rates' net.yaml --rates none.json
bad 5 'no/t.json: cannot create: No such file' net.yaml --trace no/t.json
bad 5 'no/r.json: cannot create: No such file' net.yaml --report no/r.json
bad 7 'the loss or the goodness became' net.yaml --quiet --set 'optimizer={kind: sgd, rate: 1000, decay: 1000}' \
  --set train.epochs=20

# A disk that is full: no half of a trace, and what was there before stays.
echo before >t.json
last='ffengine profile, full disk' code=0
(ulimit -f 8 && exec "$ff" profile net.yaml --quiet --trace t.json --report r.json) >"$out" 2>"$err" </dev/null || code=$?
exits 5
err_has 't.json: cannot write'
[ "$(cat t.json)" = before ] || fail 'the old file is gone'
rm t.json
only_files 'net.yaml'

# A device that is full; by a link, so that a program that replaces what is there would replace that.
if [ -w /dev/full ]; then
  ln -s /dev/full full
  run profile net.yaml --quiet --trace full --report r.json
  exits 5
  err_has 'full: cannot write: No space left'
  out_is_empty
  [ -L full ] || fail 'the link was replaced'
  rm full
  only_files 'net.yaml'
fi
finish
