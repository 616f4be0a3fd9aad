#!/bin/sh
# ffengine run in every mode: with and without labels, with a head, with negatives that ask the net, with early stopping.
# Each once sequential and twice as a pipeline: the same bits.
. "$(dirname "$0")/lib.sh"

untimed() { sed 's/, "seconds": [^,]*, "samples_per_second": [^,}]*//' "$1/metrics.jsonl"; }
value() { "$json_get" "$@" || fail "no $*"; }

# epochs RUN: the validation errors of a run, a line an epoch.
epochs() { sed -nE 's/.*"validation_error": ([0-9.e+-]+|null),.*/\1/p' "$1/metrics.jsonl"; }

# tensors RUN WANTED: the names and shapes in its model.
tensors() {
  got=$("$helpers/tensors" "$1/model.safetensors" | tr '\n' ' ')
  [ "$got" = "$2 " ] || fail "$1 has $got, not $2"
}

# mode NAME: the experiment of standard input, beside a small net and small data. Leaves the runs NAME and NAME-1, -2.
mode() {
  name=$1
  {
    cat <<'END'
name: mode
seed: 5
layers: {widths: [32, 24, 16]}
END
    cat
  } >"$name.yaml"
  run run "$name.yaml" --quiet --out "$name" --set execution.kind=sequential --threads 1
  exits 0
  err_is_empty
  cp "$out" "$name.table"
  for file in resolved.yaml metrics.jsonl log.txt model.safetensors result.json; do
    present "$name/$file"
  done
  untimed "$name" >metrics
  i=0
  for execution in '{threads: {total: 3}}' '{threads: {per_stage: 1}, depth: 1}'; do
    i=$((i + 1))
    run run "$name.yaml" --quiet --out "$name-$i" --set "execution=$execution"
    exits 0
    cmp -s "$name/model.safetensors" "$name-$i/model.safetensors" || fail 'other weights than sequential execution'
    untimed "$name-$i" | cmp -s - metrics || fail 'other metrics than sequential execution'
    for key in train_error validation_error test_error goodness_test_error head_test_error layer_test_error \
      best_epoch epochs confusion; do
      json "$name-$i/result.json" $key "$("$json_get" "$name/result.json" $key)"
    done
    json "$name-$i/result.json" execution kind '"pipeline"'
  done
  resolves "$name"
}

# resolves RUN: its resolved experiment prints as itself, and runs to the same weights.
resolves() {
  run check "$1/resolved.yaml"
  exits 0
  cmp -s "$out" "$1/resolved.yaml" || fail "$1/resolved.yaml does not resolve to itself"
  run run "$1/resolved.yaml" --quiet --out again
  exits 0
  cmp -s "$1/model.safetensors" again/model.safetensors || fail 'the resolved experiment gives other weights'
  rm -r again
}

data='dataset: {name: synthetic, train: 400, validation: 100, test: 200, synthetic: {height: 8, width: 8, noise: 0.1}}'
layers='layers.0.weight [32,64] layers.0.bias [32] layers.1.weight [24,32] layers.1.bias [24] layers.2.weight [16,24] layers.2.bias [16]'

# Without labels, nothing classifies but the head.
unsupervised() {
  json "$1/result.json" goodness_test_error null
  json "$1/result.json" layer_test_error null
  json "$1/result.json" test_error "$(value "$1/result.json" head_test_error)"
  [ "$(value "$1/result.json" head_test_error)" != null ] || fail 'no error of the head'
  [ "$(value "$1/result.json" confusion)" != null ] || fail 'no confusion'
  tensors "$1" "$layers head.layers.1.weight [10,24] head.layers.2.weight [10,16] head.bias [10]"
  ! grep -qE '^(layer|goodness|head)' "$1.table" || fail 'the table has a classifier that does not exist'
}

mode together <<END
mode: unsupervised
$data
head: {when: together, rate: 0.01}
train: {batch: 50, epochs: 3}
END
unsupervised together
tail -n 1 together/metrics.jsonl >line.json
json line.json layer 0
for key in head_loss head_error validation_error; do
  [ "$(value line.json $key)" != null ] || fail "no $key"
done

mode after <<END
mode: unsupervised
$data
head: {when: after, rate: 0.01, epochs: 4}
train: {batch: 50, epochs: 3, order: greedy}
evaluate: {test: epoch}
END
unsupervised after
json after/result.json epochs 13
tail -n 1 after/metrics.jsonl >line.json
json line.json layer 4
json line.json epoch 4
json line.json loss '[null,null,null]'
[ "$(value line.json head_loss)" != null ] || fail 'no loss of the head'
sed -n 9p after/metrics.jsonl >line.json
json line.json layer 3
for key in head_loss head_error validation_error test_error; do
  json line.json $key null # nothing classifies before the head has trained
done

# A head beside the goodness of labels; wrong labels that the head draws.
supervised() {
  for key in goodness_test_error head_test_error; do
    [ "$(value "$1/result.json" $key)" != null ] || fail "no $key"
  done
  for word in goodness head 'layer 3'; do
    grep -qE "^$word .* %\$" "$1.table" || fail "no $word in the table"
  done
}

for lag in 0 auto; do
  mode draw-$lag <<END
$data
head: {when: together, layers: all, rate: 0.01}
negatives: {draw: head, lag: $lag}
train: {batch: 50, epochs: 3}
END
  supervised draw-$lag
  json draw-$lag/result.json test_error "$(value draw-$lag/result.json goodness_test_error)"
  json draw-$lag/result.json best_epoch 0
  json draw-$lag-1/result.json execution stages 3 name '"readout"'
  json draw-$lag-1/result.json execution stages 3 layer null
  tensors draw-$lag "$layers head.layers.0.weight [10,32] head.layers.1.weight [10,24] head.layers.2.weight [10,16] head.bias [10]"
done
! cmp -s draw-0/model.safetensors draw-auto/model.safetensors || fail 'the lag changes nothing'

mode goodness <<END
$data
negatives: {draw: goodness, lag: 1}
objective: {goodness: top_k, k: 8}
train: {batch: 50, epochs: 2}
END
json goodness/result.json head_test_error null
json goodness-1/result.json execution stages 3 name '"readout"'
tensors goodness "$layers"
! grep -qE '^(goodness|head)' goodness.table || fail 'the table has a classifier that does not exist'

mode late <<END
$data
head: {when: after, layers: 3, rate: 0.01, epochs: 2}
augment: {shift: 1}
objective: {direction: minimise}
train: {batch: 50, epochs: 2}
evaluate: {by: head}
END
supervised late
json late/result.json test_error "$(value late/result.json head_test_error)"
tensors late "$layers head.layers.2.weight [10,16] head.bias [10]"
run run late.yaml --out shown
exits 0
err_has 'head  epoch 2/2  loss '
err_lacks 'layer 4'

# Early stopping: fewer epochs, and the weights of the best one.
for order in 0 auto; do
  mode patience-$order <<END
$data
head: {when: together, rate: 0.01}
negatives: {draw: head, lag: $order}
train: {batch: 50, epochs: 200, patience: 3}
END
  best=$(value patience-$order/result.json best_epoch) n=$(value patience-$order/result.json epochs)
  epochs patience-$order >errors
  [ "$n" -lt 200 ] || fail 'it did not stop early'
  [ "$n" -eq "$(wc -l <errors)" ] || fail 'not a line an epoch'
  [ "$n" -eq $((best + 3)) ] || fail "it stopped after $n epochs, not 3 after the best, $best"
  sed -n "${best}p" errors >least
  [ "$(sort -g errors | head -n 1)" = "$(cat least)" ] || fail "epoch $best is not the best"
  [ "$(value patience-$order/result.json validation_error)" = "$(cat least)" ] || fail 'not the weights of the best'
  run run patience-$order.yaml --quiet --out short-$order --set train.epochs="$best" --set train.patience=0
  exits 0
  cmp -s short-$order/model.safetensors patience-$order/model.safetensors || fail 'not the weights of the best'
done

# No label reaches a layer of an unsupervised net: other labels change the head alone.
mkdir images
"$helpers/make_images" images || fail 'no images'
cat >permuted.yaml <<'END'
mode: unsupervised
dataset: {name: files, train_images: images/train, test_images: images/test, train_labels: images/labels,
  test_labels: images/test-labels, validation: 50}
layers: {widths: [32, 24, 16], dropout: 0.1}
augment: {shift: 1}
train: {batch: 50, epochs: 2}
END
for when in together after; do
  for kind in sequential pipeline; do
    for labels in labels others; do
      cp "images/train-$labels" images/labels
      run run permuted.yaml --quiet --out $when-$kind-$labels --set "head={when: $when, rate: 0.01}" \
        --set execution.kind=$kind
      exits 0
    done
    one=$when-$kind-labels/model.safetensors other=$when-$kind-others/model.safetensors
    "$helpers/tensors" $one >names
    "$helpers/tensors" $other | cmp -s - names || fail 'other tensors'
    [ "$(grep -c '^layers\.' names)" -eq 6 ] && [ "$(grep -c '^head\.' names)" -eq 3 ] || fail "not all: $(cat names)"
    while read -r name _; do
      "$helpers/tensors" $one "$name" >a || fail "no $name"
      "$helpers/tensors" $other "$name" >b || fail "no $name"
      case $name in
      layers.*) cmp -s a b || fail "the labels reach $name" ;;
      *) ! cmp -s a b || fail "the labels do not reach $name" ;;
      esac
    done <names
  done
done

# With labels, the same comparison finds them in every layer.
for labels in labels others; do
  cp "images/train-$labels" images/labels
  run run permuted.yaml --quiet --out with-$labels --set mode=supervised
  exits 0
done
"$helpers/tensors" with-labels/model.safetensors >names
while read -r name _; do
  "$helpers/tensors" with-labels/model.safetensors "$name" >a
  "$helpers/tensors" with-others/model.safetensors "$name" >b
  ! cmp -s a b || fail "the labels do not reach $name"
done <names

# Hybrids need lines and columns, a lag must end within an epoch: of files that is known when they are opened.
mkdir flat
"$helpers/make_images" flat 0 64 || fail 'no images'
cp flat/train-labels flat/labels
sed 's/images\//flat\//g' permuted.yaml >flat.yaml
for command in 'run flat.yaml --out wrong' 'check flat.yaml --graph' 'check flat.yaml'; do
  # shellcheck disable=SC2086
  run $command --set head.when=after --set augment.shift=0
  exits 4
  out_is_empty
  err_has 'ffengine: flat/train: hybrid negatives need images of at least 2 x 2 pixels'
done
absent wrong
run check permuted.yaml --set mode=supervised --set negatives='{draw: goodness, lag: 50}'
exits 4
err_has 'negatives.lag 50 is not below the'
run check permuted.yaml --set head.when=after --set augment.shift=8 \
  --set dataset='{name: synthetic, synthetic: {height: 8, width: 8}}'
exits 4
err_has 'augment.shift 8 moves images of 8 x 8 out of sight'
run check permuted.yaml --set head.when=after --set dataset.train_images=elsewhere # nothing to compare with
exits 0
run run permuted.yaml --out wrong --set mode=supervised --set negatives='{draw: goodness, lag: 5}'
exits 4
err_has 'negatives.lag 5 is not below the 5 batches of an epoch'
absent wrong
run run permuted.yaml --quiet --out right --set mode=supervised --set negatives='{draw: goodness, lag: 4}'
exits 0

# Weights are exported by their places in the matrix, wherever they stand in memory: steps of small batches want them in
# another order than large ones do. At this rate no weight moves.
cat >exported.yaml <<'END'
name: exported
mode: unsupervised
dataset: {name: synthetic, train: 600, test: 60}
layers: {widths: [70, 45]}
head: {when: together, layers: all}
optimizer: {kind: sgd, rate: 1e-30}
train: {epochs: 1}
END
for batch in 40 600; do
  run run exported.yaml --quiet --out "exported-$batch" --set train.batch=$batch
  exits 0
done
for tensor in layers.0.weight layers.1.weight; do
  "$helpers/tensors" exported-40/model.safetensors $tensor >small
  "$helpers/tensors" exported-600/model.safetensors $tensor >large
  [ -s small ] || fail "no $tensor"
  cmp -s small large || fail "another order of $tensor"
done
finish
