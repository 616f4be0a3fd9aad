#!/bin/sh
# ffengine topology: this machine and described ones, as text and as JSON; what taskset leaves; bad descriptions.
. "$(dirname "$0")/lib.sh"
unset HWLOC_XMLFILE HWLOC_SYNTHETIC HWLOC_COMPONENTS

run topology
exits 0
err_is_empty
out_has 'this machine: '
out_has 'limits'
run topology --json
exits 0
err_is_empty
cp "$out" here.json
json here.json here true
json here.json places 0 core 0
"$json_get" here.json limits affinity >affinity || fail 'no affinity'
processors=$(nproc)
[ "$(cat affinity)" = "$processors" ] || fail "$(cat affinity) processors, nproc says $processors"

# Equal parts are one line.
run topology --topology 'package:2 numa:1(memory=64GiB) l3:8(size=32MiB) core:8 pu:2'
exits 0
err_is_empty
out_has '128 cores in 2 packages, 2 NUMA nodes, 16 cache domains; at most 128 threads'
out_has 'NUMA node 64 GiB'
out_has '8 x L3 32 MiB: 8 cores each'
out_has '8 x core'
out_has '128 of 256 processors: one per core'
out_has '0-14:2 | 16-30:2'
[ "$(wc -l <"$out")" -lt 20 ] || fail 'the drawing is long'
run topology --topology 'l3:2 core:2 pu:2' --smt
exits 0
out_has '2 x core: 2 hyper-threads each'
out_has 'none: all 8 processors'
out_has '  0-3 | 4-7'
run topology --topology='l3:2 core:2 pu:2' --json
exits 0
cp "$out" there.json
json there.json here false
json there.json machine '"l3:2 core:2 pu:2"'
json there.json cores 4
json there.json places 3 processor 6
json there.json places 3 domain 1
json there.json domains 1 first 2
json there.json domains 0 level 3
json there.json limits hyper_threads_unused 4
json there.json limits quota null
json there.json parts 0 kind '"machine"'

# Parts that differ have lines of their own.
run topology --topology "$source_folder/tests/support/uneven.xml"
exits 0
err_is_empty
out_has 'L3 32 MiB: 6 cores'
out_has '2 x L2 1 MiB + core'
out_has 'L2 2 MiB: 4 cores'
out_has "10 of 11 processors: the control group's list"
out_has '0 6 | 2-5 | 8-9'

# What taskset leaves.
first=$("$json_get" here.json places 0 processor)
if [ "$processors" -gt 1 ] && command -v taskset >/dev/null; then
  last="taskset -c $first ffengine topology" code=0
  taskset -c "$first" "$ff" topology >"$out" 2>"$err" || code=$?
  exits 0
  out_has '1 core in 1 package'
  out_has "1 of $("$json_get" here.json limits cpuset) processors: the affinity mask allows no more"
  taskset -c "$first" "$ff" topology --json >"$out" 2>"$err" || code=$?
  exits 0
  cp "$out" one.json
  json one.json cores 1
  json one.json limits affinity 1
  json one.json places 0 processor "$first"
else
  echo 'not tested: taskset, as there is one processor or no taskset'
fi

# What the OpenMP runtime leaves is not blamed on others alone.
if [ "$processors" -gt 1 ]; then
  last='OMP_PLACES=cores ffengine topology' code=0
  OMP_PLACES=cores "$ff" topology >"$out" 2>"$err" || code=$?
  exits 0
  if grep -q 'affinity mask' "$out"; then
    out_has 'or the OpenMP runtime: see OMP_PLACES)'
  else
    echo 'not tested: OMP_PLACES, which this OpenMP runtime does not follow at the start'
  fi
  OMP_PLACES=cores "$ff" topology --json >one.json
  json one.json limits openmp_binding '"OMP_PLACES"'
fi
json here.json limits openmp_binding null

# What batch systems say: the smallest number counts, and is named; a described machine is not theirs.
for variable in SLURM_CPUS_PER_TASK SLURM_CPUS_ON_NODE PBS_NP NCPUS OMP_NUM_THREADS OMP_THREAD_LIMIT; do
  last="$variable=1 ffengine topology" code=0
  env PBS_NP=4000 NCPUS=3000 "$variable=1" "$ff" topology >"$out" 2>"$err" || code=$?
  exits 0
  err_is_empty
  out_has '; at most 1 thread'
  out_has "$variable is 1"
  out_lacks 'none: all'
  env PBS_NP=4000 NCPUS=3000 "$variable=1" "$ff" topology --json >one.json
  json one.json limits environment 1
  json one.json limits variable "\"$variable\""
done
PBS_NP=many NCPUS=4000 "$ff" topology >"$out" 2>"$err"
out_has 'PBS_NP is not a number of processors and is ignored'
out_has 'NCPUS is 4000, which limits nothing'
NCPUS=1 "$ff" topology --topology core:8 >"$out" 2>"$err"
out_has '8 cores in 1 package'
out_lacks NCPUS
json here.json limits environment null
json here.json limits variable null

# bad DESCRIPTION MESSAGE
bad() {
  run topology --topology "$1"
  exits 2
  out_is_empty
  err_has "$2"
}
bad '' '--topology has an empty value'
bad ' ' 'it is empty'
bad core:0 "'core:0': the count is not a whole number from 1 to 4096"
bad core:-1 "'core:-1': the count is not a whole number"
bad banana:3 "'banana:3': no such level; the levels are package,"
bad banana:3 "such as 'core:4', 'package:2 l3:8 core:8 pu:2'"
bad 'package:2 l3:8' 'it has no cores'
bad 'l3:2(size=much) core:4' "'l3:2(size=much)': the size is not a whole number"
bad 'l3:2(size=99999999999999999999GiB) core:2' "'l3:2(size=99999999999999999999GiB)': the size is 2^64 bytes or more"
bad 'package:100 core:100' "'core:100': this makes more than 4096 processors"
printf '<topology' >broken.xml
bad broken.xml 'broken.xml: is not a topology in XML'
run topology --topology missing.xml
exits 5
out_is_empty
err_has 'missing.xml: cannot read the topology: No such file or directory'
run topology --cores 3
exits 2
out_is_empty
err_has 'unknown option --cores'
run topology --topolgy core:3
exits 2
err_has 'did you mean --topology'
run topology core:3
exits 2
err_has "unexpected argument 'core:3'"
run topology --topology
exits 2
err_has '--topology needs a value'
finish
