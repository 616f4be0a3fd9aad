#!/bin/sh
# ffengine plan: a plan for a described machine at given rates is the same anywhere; rates from a file; bad input.
. "$(dirname "$0")/lib.sh"
tiny net.yaml

run plan net.yaml --topology 'l3:2 core:4' --rate 100 --bandwidth 12
exits 0
err_is_empty
out_has 'tiny on l3:2 core:4: '
out_has ' of 8 cores'
for word in samples/s 'layer 1' source bottleneck 'next core' memory 'as it runs' 'rates       given: a core 100.0 GFLOP/s, 12.0 GB/s'; do
  out_has "$word"
done
cp "$out" once
run plan net.yaml --topology 'l3:2 core:4' --rate 100 --bandwidth 12
cmp -s "$out" once || fail 'another plan the second time'

# Wide layers on many cores: each has a team, and no more cores than are allowed are used.
run plan net.yaml --set layers.widths='[2000,2000,2000,2000]' --topology 'package:2 l3:4 core:8' --cores 32 \
  --rate 100 --bandwidth 12 --json
exits 0
err_is_empty
cp "$out" wide.json
json wide.json name '"tiny"'
json wide.json cores 32
json wide.json stages 0 stage '"layer 1"'
json wide.json stages 3 stage '"layer 4"'
json wide.json rates gflops 100.0
[ "$("$json_get" wide.json cores_used)" -le 32 ] || fail 'more cores than allowed'
[ "$("$json_get" wide.json stages 3 threads)" -gt 1 ] || fail 'no team'

# Fewer cores than stages: layers share them.
run plan net.yaml --set layers.widths='[64,64,64,64,64,64,64,64]' --topology core:2 --rate 100
exits 0
out_has 'layers 1-'

# What was printed can be given; without rates they are measured here.
run plan net.yaml --topology 'l3:4 core:8' --rates wide.json
exits 0
out_has 'rates       given: a core 100.0 GFLOP/s, 12.0 GB/s'
run plan net.yaml --cores 1
exits 0
out_has ' on this machine: 1 of 1 core'
out_has 'rates       measured: '

# A run on this machine plans likewise, leader by leader, and where it binds threads, place by place. Both measure the
# machine, and where two ways are about as fast may choose differently, but not every time.
numbers() { tr -d '[] "' | tr ',' ' '; }
stations_of() { # prints leader, threads and first processor of each station of planned.json
  leader=0
  while "$json_get" planned.json stages $leader stage >name 2>/dev/null; do
    left=$(sed -nE 's/^"layers? ([0-9]+)-?([0-9]*).*/\1 \2/p' name | awk '{ n = 1 + ($2 ? $2 - $1 : 0); print n }')
    case $(cat name) in *layer*readout*) left=$((left + 1)) ;; '"readout"') left=1 ;; esac
    while [ "$left" -gt 0 ]; do
      echo "$((leader + 1)) $("$json_get" planned.json stages $leader threads)" \
        "$("$json_get" planned.json stages $leader processors | numbers | sed 's/ .*//')"
      left=$((left - 1))
    done
    leader=$((leader + 1))
  done
}
followed() { # the same of followed/result.json; "-": not bound
  station=0
  while "$json_get" followed/result.json execution stages $station leader >name 2>/dev/null; do
    bound=$("$json_get" followed/result.json execution stages $station processors | numbers)
    [ "$bound" = null ] && bound=-
    echo "$(cat name) $("$json_get" followed/result.json execution stages $station threads) $bound" | sed -E 's/([0-9])[-:].*/\1/'
    station=$((station + 1))
  done
}
agree() {
  for try in 1 2 3 4; do
    run plan net.yaml --json "$@"
    exits 0
    cp "$out" planned.json
    json planned.json as_planned true
    rm -rf followed
    run run net.yaml --quiet --out followed "$@"
    exits 0
    stations_of >planned.txt
    followed >followed.txt
    [ -s planned.txt ] || fail 'no leader in the plan'
    grep -q ' -$' followed.txt && sed -i 's/ [0-9]*$/ -/' planned.txt
    cmp -s planned.txt followed.txt && return
  done
  fail "the run does not follow the plan, $try times: $(paste -s -d, planned.txt) and $(paste -s -d, followed.txt)"
}
agree
agree --set layers.widths='[64,64,64,64]' --set train.batch=200
agree --set layers.widths='[300,20,300]' --set mode=unsupervised --set head.when=together
agree --set layers.widths='[16,16,16,16,16,16,16,16,16]' --set negatives.draw=goodness
agree --set layers.widths='[700]'
run plan net.yaml
out_has 'as it runs  '
out_has 'samples/s, with this plan'
run plan net.yaml --set execution.threads.per_stage=3
out_has 'layer 1: 3; layer 2: 3'

# 64 layers on up to 256 cores: those beyond what the memory feeds stay idle, and it says that more would not help.
widths=$(i=0; while [ $i -lt 64 ]; do printf '%s%d' "${comma-}" $((100 + i * 37 % 1900)); comma=, i=$((i + 1)); done)
large() { run plan net.yaml --set layers.widths="[$widths]" --rate 100 --bandwidth 12 "$@"; }
for cores in 64 128 256; do
  large --topology core:256 --cores $cores --json
  exits 0
  cp "$out" "large$cores.json"
  json "large$cores.json" cores_used "$("$json_get" large64.json cores_used)"
  json "large$cores.json" bottleneck '"memory"'
  json "large$cores.json" more_cores 0
done
[ "$("$json_get" large64.json cores_used)" -lt 64 ] || fail 'no core is idle'
large --topology core:256
out_has 'next core   +0.0 %; more cores would not help (272 more: less than 1 %)'

# With what takes longest, some seconds of a processor are far too many. (A sanitizer slows it down.)
ulimit -S -t 10
large --topology 'package:2 l3:16 core:8' --set head.when=together --set negatives.draw=head --set negatives.lag=0 --set train.batch=10
exits 0
out_has ' of 256 cores'
ulimit -S -t unlimited

# The least and the largest rates give a plan of numbers.
for rate in 0.001 1000000; do
  run plan net.yaml --topology core:4 --rate $rate --bandwidth $rate
  exits 0
  out_lacks nan
  out_lacks inf
done

# A batch's time is that of all its tiles.
run plan net.yaml --topology core:4 --rate 100 --set train.batch=full --json
exits 0
cp "$out" full.json
awk -v s="$("$json_get" full.json samples_per_second)" -v b="$("$json_get" full.json seconds_per_batch)" \
  'BEGIN { exit !(s * b > 399.99 && s * b < 400.01) }' || fail 'samples a second and seconds a batch differ'

# bad STATUS MESSAGE WORD...
bad() {
  status=$1 message=$2
  shift 2
  run plan "$@"
  exits "$status"
  out_is_empty
  err_has "$message"
}
bad 2 "--cores: '-3' is not a number of cores" net.yaml --cores -3
bad 2 "--cores: '0' is not a number of cores" net.yaml --cores 0
bad 2 "--cores: '2x' is not a number of cores" net.yaml --cores 2x
bad 2 "--cores: '5000' is not a number of cores" net.yaml --cores 5000
bad 2 'the machine has only 4 cores' net.yaml --topology core:4 --cores 5
bad 2 "'banana:3': no such level" net.yaml --topology banana:3 --rate 100
bad 2 "--rate: '0' is not a rate" net.yaml --rate 0
bad 2 "--rate: 'nan' is not a rate" net.yaml --rate nan
bad 2 "--rate: '1e-300' is not a rate" net.yaml --rate 1e-300
bad 2 "--bandwidth: '-1' is not a rate" net.yaml --bandwidth -1
bad 2 "--bandwidth: '1e308' is not a rate" net.yaml --bandwidth 1e308
bad 2 'give a number from 0.001 to 1000000' net.yaml --bandwidth 1000001
bad 2 'leave out --rate and --bandwidth' net.yaml --rate 1 --rates wide.json
bad 5 'missing.json: cannot read the rates: No such file' net.yaml --rates missing.json
printf '{"gflops": 0}' >broken.json
bad 4 "broken.json: 'gflops' is not a number from 0.001 to 1000000" net.yaml --rates broken.json
printf '{"gflops": 1e300}' >broken.json
bad 4 "broken.json: 'gflops' is not a number from 0.001 to 1000000" net.yaml --rates broken.json
printf '{"gflops": 10, "packing_rows": -1}' >broken.json
bad 4 "broken.json: 'packing_rows' is not a number from 0 to 1000000" net.yaml --rates broken.json
printf '{"gflops": 10}' >broken.json
bad 4 "broken.json: there is no rate 'packing_rows'" net.yaml --rates broken.json
printf '{' >broken.json
bad 4 'broken.json: is not JSON: line 1' net.yaml --rates broken.json
bad 3 'nothing to plan' net.yaml --rate 100 --set train.order=greedy
bad 3 'no stages to plan for' net.yaml --rate 100 --set execution.kind=sequential
bad 3 "unknown key 'layers.width'" net.yaml --rate 100 --set layers.width=3
bad 5 'none.yaml' none.yaml --rate 100
bad 2 'FILE is missing'
finish
