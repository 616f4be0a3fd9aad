# Read by the tests of this folder: runs command lines in an empty folder and checks what they say.
# usage of a test: NAME.sh FFENGINE JSON_GET SOURCE_FOLDER
# shellcheck shell=sh
set -u
ff=$1 json_get=$2
[ -x "$ff" ] && [ -x "$json_get" ] || { echo "$ff or $json_get is not there"; exit 1; }
# shellcheck disable=SC2034
source_folder=$3
# shellcheck disable=SC2034
helpers=$(dirname "$json_get")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"
cd "$work/here" || exit 1
out=$work/out err=$work/err
failures=0 code=0 last=
given_data=${FFENGINE_DATA-}
unset FFENGINE_DATA
# What would leave the program fewer processors than the test counts.
unset SLURM_CPUS_PER_TASK SLURM_CPUS_ON_NODE PBS_NP NCPUS OMP_NUM_THREADS OMP_THREAD_LIMIT
unset OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY KMP_AFFINITY

# run WORD...: the command line `ffengine WORD...`; leaves $code, and what it said in $out and $err.
run() {
  last="ffengine $*" code=0
  "$ff" "$@" >"$out" 2>"$err" </dev/null || code=$?
}

fail() {
  failures=$((failures + 1))
  printf 'FAILED: %s\n  %s\n' "$last" "$1"
  sed 's/^/  out| /' "$out"
  sed 's/^/  err| /' "$err"
}

# The cores that the program may use.
cores() { "$ff" topology | sed -n '1s/.*; at most \([0-9]*\) threads*$/\1/p'; }

exits() { [ "$code" -eq "$1" ] || fail "exit status $code, not $1"; }
out_has() { grep -qF -- "$1" "$out" || fail "standard output lacks: $1"; }
err_has() { grep -qF -- "$1" "$err" || fail "standard error lacks: $1"; }
out_lacks() { ! grep -qF -- "$1" "$out" || fail "standard output has: $1"; }
err_lacks() { ! grep -qF -- "$1" "$err" || fail "standard error has: $1"; }
out_is_empty() { [ ! -s "$out" ] || fail "standard output is not empty"; }
err_is_empty() { [ ! -s "$err" ] || fail "standard error is not empty"; }
absent() { [ ! -e "$1" ] || fail "$1 exists"; }
present() { [ -s "$1" ] || fail "$1 is missing or empty"; }

# json FILE [KEY]... WANTED: the value below the path.
json() {
  file=$1
  shift
  n=$#
  while [ "$n" -gt 1 ]; do
    set -- "$@" "$1"
    shift
    n=$((n - 1))
  done
  wanted=$1
  shift
  got=$("$json_get" "$file" "$@" 2>&1)
  [ "$got" = "$wanted" ] || fail "$file $*: $got, not $wanted"
}

# tiny FILE: an experiment of a second.
tiny() {
  cat >"$1" <<'END'
name: tiny
seed: 5
dataset:
  name: synthetic
  train: 400
  validation: 100
  test: 200
  synthetic: {height: 8, width: 8, noise: 0.1}
layers: {widths: [32, 16]}
train: {batch: 50, epochs: 3}
END
}

# ---- signals ----

# A script's background jobs ignore SIGINT, and so would the program: these start it with the signals' defaults.
can_start() { env --default-signal=HUP,INT,TERM true 2>/dev/null; }

# start WORD...: `ffengine WORD...` in the background, with its process number in $pid; in_shell runs before it.
in_shell=:
start() {
  last="ffengine $*" code=0
  rm -f pid
  env --default-signal=HUP,INT,TERM timeout -s KILL 60 \
    sh -c "$in_shell"'; echo $$ >pid.new; mv pid.new pid; exec "$0" "$@"' "$ff" "$@" >"$out" 2>"$err" </dev/null &
  job=$!
  await 'a process' test -e pid
  pid=
  [ ! -e pid ] || read -r pid <pid
}

# await WHAT COMMAND...: until the command succeeds; half a minute is enough for a slow machine.
await() {
  what=$1 tries=1500
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { fail "$what did not come"; return; }
    sleep 0.02
  done
}

# Where it has come to. The handlers are in place: bits 1, 2 and 15 of the signals caught.
watches() {
  mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null)
  [ -n "$mask" ] && [ $((0x$mask & 0x4003)) -eq $((0x4003)) ]
}
signal() { kill -s "$1" "$pid" || fail "it ended before SIG$1"; }

# It has ended, with nothing of it left.
ends() {
  code=0
  wait "$job" 2>/dev/null || code=$?
  exits "$1"
  ! kill -0 "$pid" 2>/dev/null || fail 'a process is left'
}

finish() {
  [ "$failures" -eq 0 ] || { echo "$failures checks failed"; exit 1; }
  exit 0
}
