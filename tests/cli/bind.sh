#!/bin/sh
# Threads and processors: what a run binds where, by its own report and by the system's, and when it does not.
. "$(dirname "$0")/lib.sh"
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_COMPONENTS SLURM_JOB_ID PBS_JOBID
tiny tiny.yaml
processors=$(cores)

# unbound FOLDER WHY: nothing is bound, and the result and the log say why.
unbound() {
  json "$1/result.json" execution unbound "\"$2\""
  for stage in 0 1; do json "$1/result.json" execution stages $stage processors null; done
  json "$1/result.json" execution source processors null
  grep -qF "threads are not bound to processors: $2" "$1/log.txt" || fail "the log does not say why"
}

run run tiny.yaml --quiet --out none --set execution.bind=none
exits 0
err_is_empty
unbound none 'execution.bind is none'
run run tiny.yaml --quiet --out sequential --set execution.kind=sequential
exits 0
unbound sequential 'execution is sequential'
run check tiny.yaml --set execution.bind=core
exits 3
err_has "--set execution.bind=core: execution.bind cannot be 'core'"
run check tiny.yaml --set execution.bind=none
out_has '  bind: none'

# OpenMP's own variables: they are left to it, and said; who says that threads belong nowhere is not warned.
OMP_PROC_BIND=false "$ff" run tiny.yaml --quiet --out omp >"$out" 2>"$err"
err_is_empty
unbound omp 'OMP_PROC_BIND is set'
OMP_PLACES=cores "$ff" run tiny.yaml --quiet --out places --set execution.bind=always >"$out" 2>"$err"
err_has 'warning: OMP_PLACES is set: the OpenMP runtime then leaves this process one processor'
err_has 'warning: execution.bind is always, but threads are not bound: OMP_PLACES is set'
unbound places 'OMP_PLACES is set'

# Fewer processors by the environment.
OMP_NUM_THREADS=1 "$ff" check tiny.yaml --graph >"$out" 2>"$err"
out_has ' on 1 processor'
SLURM_CPUS_PER_TASK=1 NCPUS=7 "$ff" run tiny.yaml --quiet --out slurm >"$out" 2>"$err"
err_is_empty
grep -q 'on 1 processor(s)$' slurm/log.txt || fail 'SLURM_CPUS_PER_TASK does not count'
cmp -s slurm/model.safetensors none/model.safetensors || fail 'other weights on one processor'
[ "$processors" -lt 3 ] || unbound slurm "the pipeline uses 2 of $processors cores, and other runs may use the same; set execution.bind: always to bind"

# More threads than processors.
run run tiny.yaml --quiet --out crowd --set execution.threads.per_stage="$processors" --set execution.bind=always
exits 0
if [ "$processors" -gt 1 ]; then
  err_has 'warning: execution.bind is always, but threads are not bound: '
  unbound crowd "$((2 * processors)) threads would share $processors processors"
fi

if ! command -v taskset >/dev/null; then
  echo 'not tested: binding by the mask, as there is no taskset'
  finish
fi
"$ff" topology --json >here.json
place() { "$json_get" here.json places "$1" processor; }
quota=$("$json_get" here.json limits quota_cut)

# One processor: there is nothing to choose, and the weights are the same.
taskset -c "$(place 0)" "$ff" run tiny.yaml --quiet --out one >"$out" 2>"$err"
unbound one "there is only processor $(place 0)"
cmp -s one/model.safetensors none/model.safetensors || fail 'other weights on one processor'
if [ "$processors" -lt 2 ] || [ "$quota" = true ]; then
  echo 'not tested: binding to two processors, as there is one, or a quota'
  finish
fi

# Two of them: each layer's thread on its own, while it runs; the source where there is time.
a=$(place 0) b=$(place 1)
[ "$a" -lt "$b" ] && mask=$a,$b || mask=$b,$a
two() { taskset -c "$mask" "$ff" run tiny.yaml --quiet --set execution.threads.per_stage=1 "$@" >"$out" 2>"$err"; }
two --out two
err_is_empty
json two/result.json execution unbound null
json two/result.json execution stages 0 processors "\"$a\""
json two/result.json execution stages 1 processors "\"$b\""
json two/result.json execution source processors null
grep -q "layer 1: bound to processor $a\$" two/log.txt || fail 'the log does not say where layer 1 is bound'
cmp -s two/model.safetensors none/model.safetensors || fail 'binding changes the weights'
two --out away --set execution.bind=none
cmp -s away/model.safetensors two/model.safetensors || fail 'not binding changes the weights'

# allowed PID NAME: the processors that the system allows the thread with this name.
allowed() {
  for task in /proc/"$1"/task/*; do
    [ "$(cat "$task/comm" 2>/dev/null)" = "$2" ] && sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "$task/status"
  done
}
all=$(taskset -c "$mask" sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
taskset -c "$mask" "$ff" run tiny.yaml --quiet --out long --set execution.threads.per_stage=1 --set train.epochs=1000000 \
  >"$out" 2>"$err" &
job=$!
tries=500
until [ -s long/metrics.jsonl ] || [ $tries -eq 0 ]; do tries=$((tries - 1)); sleep 0.02; done
last='ffengine run, on two processors'
[ "$(allowed $job 'ff layer 1')" = "$a" ] || fail "layer 1 may run on $(allowed $job 'ff layer 1'), not $a"
[ "$(allowed $job 'ff layer 2')" = "$b" ] || fail "layer 2 may run on $(allowed $job 'ff layer 2'), not $b"
[ "$(allowed $job 'ff source')" = "$all" ] || fail "the source may run on $(allowed $job 'ff source'), not $all"
[ "$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/$job/status)" = "$all" ] || fail 'the caller is bound'
kill -KILL $job
wait $job 2>/dev/null

# A team: one leader of two threads has both, a thread each.
taskset -c "$mask" "$ff" run tiny.yaml --quiet --out team --set layers.widths='[600]' --set train.epochs=1000000 \
  --set train.batch=200 --set execution.threads.per_stage=2 >"$out" 2>"$err" &
job=$!
tries=500
until [ -s team/metrics.jsonl ] || [ $tries -eq 0 ]; do tries=$((tries - 1)); sleep 0.02; done
last='ffengine run, a team on two processors'
[ "$(allowed $job 'ff layer 1' | sort -n | tr '\n' ,)" = "$mask," ] ||
  fail "the team may run on $(allowed $job 'ff layer 1' | tr '\n' ' '), not $mask"
kill -KILL $job
wait $job 2>/dev/null

# A sweep's points: each on processors of its own, neighbours.
cat >sweep.yaml <<'END'
name: s
dataset: {name: synthetic, train: 400, test: 100, synthetic: {height: 8, width: 8}}
layers: {widths: [8, 8]}
train: {batch: 50, epochs: 2}
execution: {threads: {per_stage: 1}}
sweep: {seeds: [1, 2], parallel: 2}
END
last='ffengine sweep, two points on two processors' code=0
taskset -c "$mask" "$ff" sweep sweep.yaml --out points --quiet >"$out" 2>"$err" || code=$?
exits 0
for folder in points/points/*/; do "$json_get" "$folder/result.json" execution unbound; done | sort >where
printf '"there is only processor %d"\n' "$a" "$b" | sort | cmp -s - where || fail "the points ran elsewhere: $(cat where)"
finish
