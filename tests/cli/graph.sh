#!/bin/sh
# ffengine check --graph and --dot: how this machine would execute an experiment.
. "$(dirname "$0")/lib.sh"
processors=$(cores)

# lines EXPRESSION N: so many lines of standard output match.
lines() {
  got=$(grep -cE -- "$1" "$out")
  [ "$got" -eq "$2" ] || fail "$got lines match '$1', not $2"
}

# graph WORD...: a picture of tiny.yaml; the source comes first, the layers in order, the collector last.
graph() {
  run check tiny.yaml --graph "$@"
  exits 0
  err_is_empty
  grep -oE '^(source|layer [0-9]+|collector)' "$out" | tr '\n' ' ' >nodes
  n=$(grep -c '^layer' "$out")
  wanted="source $(i=1; while [ "$i" -le "$n" ]; do printf 'layer %d ' "$i"; i=$((i + 1)); done)collector "
  [ "$(cat nodes)" = "$wanted" ] || fail "the nodes are not $wanted"
  lines '^ +\| +(ring|buffer) of ' $((n + 1))
}

tiny tiny.yaml
graph
out_has "tiny: pipeline, $processors thread"
out_has "on $processors processor"
grep -qE '^source +a thread of its own$' "$out" || fail 'the source has no thread'
grep -qE '^layer 1 +64 -> 32' "$out" || fail 'layer 1 is not 64 -> 32'
grep -qE '^layer 2 +32 -> 16' "$out" || fail 'layer 2 is not 32 -> 16'
grep -qE '^collector +the calling thread$' "$out" || fail 'no thread for the collector'
grep -qE '^[0-9]+\.[0-9] MiB in the layers, [0-9]+\.[0-9] MiB between them$' "$out" || fail 'no memory'
cp "$out" together

graph --set execution.kind=sequential
out_has 'tiny: sequential, '
lines 'ring' 0
lines 'buffer of 1 slot' 3
lines '^layer.*thread' 0
lines '^source +the calling thread$' 1

# Greedy: one layer trains at a time, so they share all threads.
graph --set train.order=greedy --threads 3
out_has 'tiny: pipeline, 3 threads for the layers'
lines '^layer 1 .* 3 threads$' 1
lines '^layer 2 .* by the same threads$' 1
lines 'ring of 2 slots' 2
lines 'buffer of 1 slot ' 1

# Threads by stage: a leader a layer, in either order.
for order in together greedy; do
  graph --set execution.threads.per_stage=2 --set train.order=$order
  out_has '4 threads for the layers'
  lines '^layer . .* 2 threads$' 2
  lines 'ring of 2 slots' 3
done
graph --set layers.each='[{threads: 3}, {}]' --set execution.threads.per_stage=1
lines '^layer 1 .* 3 threads$' 1
lines '^layer 2 .* 1 thread$' 1
graph --set layers.each='[{threads: 3}, {}]' --set layers.widths='[320,2000]' --threads 5 --set train.batch=200
lines '^layer 2 .* [12] threads?$' 1 # by what is measured
graph --set layers.each='[{threads: 3}, {}]' --threads 5 # too small for another thread to help
lines '^layer 2 .* 1 thread$' 1
graph --set execution.threads.per_stage=2 --set execution.depth=7
lines 'ring of 7 slots' 3
graph --set execution.threads.per_stage=2 --set execution.depth=1
lines 'ring of 1 slot( |,)' 3

# The total is shared out, as far as it helps by what is measured, and the source has its thread from what is left.
for threads in 1 2 3 4 8; do
  graph --threads $threads --set layers.widths='[1000,1000,1000,1000]' --set train.batch=400
  sum=$(sed -nE 's/^layer.*, ([0-9]+) threads?$/\1/p' "$out" | awk '{ n += $1 } END { print n }')
  out_has "pipeline, $sum thread"
  [ "$sum" -le $threads ] || fail "the layers have $sum threads, more than $threads"
  [ "$sum" -ge 1 ] || fail 'the layers have no threads'
  [ $threads -ne 1 ] || lines ' by the same thread$' 3
done

# A readout behind the layers: the head, or what draws wrong labels; it has edges from each layer that it reads, and one
# to the source if that waits for its labels.
readout() {
  run check tiny.yaml --graph "$@"
  exits 0
  err_is_empty
  lines '^readout  ' 1
}
readout --set head.when=together
lines '^readout +softmax head' 1
lines '^layer . to the readout: ' 0 # it reads layer 2, which is before it
lines '^readout to source' 0
readout --set 'head={when: after, layers: all}'
lines '^layer 1 to the readout: ' 1
readout --set 'head={when: together, layers: all}' --set 'negatives={draw: head, lag: 3}' --set train.patience=2 --threads 1
lines '^layer 1 to the readout: ring of' 0
lines '^readout to source: wrong labels, a lag of 3$' 1
lines '^collector to source: the verdict on an epoch$' 1
readout --set 'head={when: together, layers: all}' --set 'negatives={draw: head}' --set execution.threads.per_stage=1
lines '^layer 1 to the readout: ring of' 1
lines '^readout +softmax head, 1 thread$' 1
lines '^readout to source: wrong labels, a lag of 4$' 1
readout --set negatives.draw=goodness --set negatives.lag=0
lines '^readout +draws wrong labels' 1
readout --set mode=unsupervised --set head.when=together --set execution.kind=sequential
lines 'ring' 0
graph
lines 'readout' 0

# As many images as there may be: the graph is the same.
graph --set dataset.train=60 --set dataset.validation=0
sed 1,2d "$out" >small
sed 1,2d together >large
cmp -s small large || fail 'the graph depends on how many images there are'

# DOT: a node a stage, an edge more than layers, a box a leader; and Graphviz takes it, where it is.
dot_of() {
  layers=$1
  shift
  run check tiny.yaml --dot "$@"
  exits 0
  err_is_empty
  out_has 'digraph "tiny" {'
  lines '^ +n[0-9]+ -> n[0-9]+ \[' $((layers + 1))
  lines '^ +n[0-9]+ \[label=' $((layers + 2))
  for i in $(seq 0 "$layers"); do
    lines " n$i -> n$((i + 1)) " 1
  done
  [ "$(tail -n 1 "$out")" = '}' ] || fail 'the last line does not close the graph'
  command -v dot >/dev/null || return
  dot -Tplain <"$out" >plain 2>"$err" || fail 'dot does not take it'
  err_is_empty
  [ "$(grep -c '^edge ' plain)" -eq $((layers + 1)) ] || fail 'dot sees other edges'
  [ "$(grep -c '^node ' plain)" -eq $((layers + 2)) ] || fail 'dot sees other nodes'
}
dot_of 2
dot_of 2 --set execution.kind=sequential
lines 'style=dashed' 3
lines 'subgraph' 1
dot_of 2 --set train.order=greedy
lines 'style=dashed' 1
lines 'subgraph' 1
dot_of 2 --set execution.threads.per_stage=2
lines 'style=dashed' 0
lines 'subgraph' 2
lines 'label="2 threads"' 2
dot_of 1 --set layers.widths='[5]'
dot_of 12 --set layers.widths='[9,9,9,9,9,9,9,9,9,9,9,9]' --threads 5

run check tiny.yaml --dot --set 'head={when: together, layers: all}' --set negatives.draw=head --set train.patience=2
exits 0
lines '^ +n3 \[label="readout\\n' 1
lines ' n1 -> n3 ' 1 # layer 1 to the readout
lines ' n3 -> n0 ' 1 # its labels to the source
lines ' n4 -> n0 ' 1 # the verdict
if command -v dot >/dev/null; then
  dot -Tplain <"$out" >plain 2>"$err" || fail 'dot does not take it'
  err_is_empty
fi

# What runs is what was drawn.
each='[{threads: 1}, {threads: 2}, {threads: 1}, {threads: 1}]'
graph --set layers.each="$each" --set layers.widths='[100,100,100,100]'
cp "$out" drawing
run run tiny.yaml --set layers.each="$each" --set layers.widths='[100,100,100,100]' --out drawn
exits 0
json drawn/result.json execution kind '"pipeline"'
for l in 1 2 3 4; do
  json drawn/result.json execution stages $((l - 1)) layer $l
  json drawn/result.json execution stages $((l - 1)) leader $l
  json drawn/result.json execution stages $((l - 1)) threads "$(sed -nE "s/^layer $l .*, ([0-9]+) threads?\$/\1/p" drawing)"
done

# Wrong uses.
run check tiny.yaml --graph --dot
exits 2
out_is_empty
err_has '--graph and --dot'
for option in --graph --dot; do
  run check tiny.yaml $option=yes
  exits 2
  err_has "$option takes no value"
  run check tiny.yaml $option --set layers.widths=0
  exits 3
  out_is_empty
  run check tiny.yaml $option --set 'dataset={name: mnist}'
  exits 4
  out_is_empty
  err_has 'ffengine: mnist: dataset not found'
  err_has 'ffengine data fetch mnist'
  run check tiny.yaml $option \
    --set 'dataset={name: files, train_images: none, train_labels: b, test_images: c, test_labels: d}'
  exits 4
  out_is_empty
  err_has 'ffengine: none: cannot open'
  [ ! -c /dev/full ] || {
    last="ffengine check tiny.yaml $option >/dev/full" code=0
    "$ff" check tiny.yaml $option >/dev/full 2>"$err" || code=$?
    exits 5
  }
done
absent runs
finish
