#!/bin/sh
# Standard output that cannot be written is an error; progress on a terminal is one line.
. "$(dirname "$0")/lib.sh"

# refused STATUS-LESS: after a command line with its own redirection.
refused() {
  exits 5
  err_has 'standard output'
}

if [ -c /dev/full ]; then
  for words in version help 'help run' 'help experiment' 'data list --json'; do
    last="ffengine $words >/dev/full" code=0
    : >"$out"
    # shellcheck disable=SC2086
    "$ff" $words >/dev/full 2>"$err" || code=$?
    refused
    err_has 'No space left'
  done
fi

last='ffengine version >&-' code=0
"$ff" version >&- 2>"$err" || code=$?
refused

# A reader that has left: the pipe's other end is closed before anything is written.
last='ffengine help | (nobody)' code=0
mkfifo pipe
{ exec 3<pipe; exec 3<&-; : >gone; } &
{
  while [ ! -e gone ]; do sleep 0.05; done
  "$ff" help 2>"$err" || code=$?
} >pipe
[ "$code" -eq 141 ] || fail "exit status $code, not that of SIGPIPE"
err_is_empty
wait

# The usual way to meet that: quiet, whatever the signal was set to before.
last='ffengine help experiment | head -n 1' code=0
(trap '' PIPE; "$ff" help experiment 2>"$err") | head -n 1 >"$out"
err_is_empty
out_has 'experiment'

tiny tiny.yaml
last='ffengine check tiny.yaml >/dev/full' code=0
if [ -c /dev/full ]; then
  "$ff" check tiny.yaml >/dev/full 2>"$err" || code=$?
  exits 5
fi

# A run whose output nobody takes is still a whole run.
last='ffengine run tiny.yaml >&-' code=0
"$ff" run tiny.yaml --out deaf --quiet >&- 2>"$err" || code=$?
refused
json deaf/result.json status '"finished"'
[ "$(wc -l <deaf/metrics.jsonl)" -eq 3 ] || fail 'metrics.jsonl is not as it should be'

if script -qec true /dev/null >/dev/null 2>&1; then
  last='ffengine run on a terminal' code=0
  : >"$err"
  TERM=xterm script -qec "'$ff' run tiny.yaml --out shown --set train.epochs=20" /dev/null >"$out" 2>&1 </dev/null || code=$?
  exits 0
  grep -q "$(printf '\r.*epoch')" "$out" || fail 'no line that overwrites itself'
  [ "$(grep -c 'epoch' "$out")" -le 3 ] || fail 'more than one line of progress'
  last='ffengine run on a dumb terminal'
  TERM=dumb script -qec "'$ff' run tiny.yaml --out dumb" /dev/null >"$out" 2>&1 </dev/null || code=$?
  exits 0
  ! grep -q "$(printf '\033')" "$out" || fail 'an escape sequence on a dumb terminal'
fi
finish
