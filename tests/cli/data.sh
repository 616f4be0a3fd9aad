#!/bin/sh
# ffengine data: what is known, what is here, what is inside; wrong names. Downloads have a test of their own.
. "$(dirname "$0")/lib.sh"
HOME=$work/home XDG_CACHE_HOME=$work/cache
export HOME XDG_CACHE_HOME

run data list
exits 0
err_is_empty
for name in mnist fashion-mnist synthetic; do
  grep -q "^$name " "$out" || fail "no $name"
done
out_has 'ffengine data fetch mnist'

run data list --json
exits 0
err_is_empty
cp "$out" list.json
json list.json 0 name '"mnist"'
json list.json 0 fetchable true
json list.json 0 files null
json list.json 2 name '"synthetic"'

run data info synthetic
exits 0
out_has 'class'
run data info --json synthetic
exits 0
err_is_empty
cp "$out" info.json
json info.json name '"synthetic"'
json info.json classes 10
json info.json files null
"$json_get" info.json train_per_class 9 >/dev/null || fail 'no count of class 9'

run data info mnist
exits 4
out_is_empty
err_has mnist

# A half-complete one is shown, with what it lacks.
mkdir -p half/mnist
: >half/mnist/train-images-idx3-ubyte
FFENGINE_DATA=$PWD/half
export FFENGINE_DATA
run data list
exits 0
out_has "$PWD/half/mnist (without train-labels-idx1-ubyte)"
unset FFENGINE_DATA

# A damaged dataset is named, with the file.
mkdir -p data/mnist
for part in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
  echo 'not an IDX file' >data/mnist/$part-ubyte
done
FFENGINE_DATA=$PWD/data
export FFENGINE_DATA
run data list
out_has "$PWD/data/mnist"
run data list --json
cp "$out" list.json
json list.json 0 files 3 "\"$PWD/data/mnist/t10k-labels-idx1-ubyte\""
run data info mnist
exits 4
out_is_empty
err_has "$PWD/data/mnist/"

for command in info fetch; do
  run data $command
  exits 2
  err_has 'NAME is missing'
  run data $command cifar-7
  exits 2
  out_is_empty
  err_has cifar-7
  run data $command mnist fashion-mnist
  exits 2
  err_has "unexpected argument 'fashion-mnist'"
done
run data fetch mnist --mirror file:///etc
exits 2
out_is_empty
run data fetch mnist --mirror
exits 2
err_has '--mirror needs a value'
run data fetch fashion-mnist
exits 2
last='ffengine data fetch mnist, without HOME' code=0
env -u HOME -u XDG_CACHE_HOME "$ff" data fetch mnist >"$out" 2>"$err" || code=$?
exits 2
err_has '--to'

# Where the files are at hand: fetched elsewhere, they are taken as they are, and one is told how they are found.
last='ffengine data fetch mnist --to there'
first=
(IFS=:; for folder in $given_data; do
  [ ! -f "$folder/mnist/t10k-labels-idx1-ubyte.gz" ] || { echo "$folder/mnist"; break; }
done) >where
read -r first <where
"$ff" version | grep -q '^data fetch  libcurl' || first=
if [ -n "$first" ]; then
  mkdir -p there
  cp -r "$first" there/mnist
  run data fetch mnist --to there --quiet --mirror http://127.0.0.1:9/
  exits 0
  out_has "export FFENGINE_DATA='$PWD/there'"
  FFENGINE_DATA=$PWD/there
  run data fetch mnist --to "$PWD/there" --quiet
  ! grep -q FFENGINE_DATA "$out" || fail 'advice that is followed already'
fi
absent "$work/cache"
absent "$work/home"
finish
