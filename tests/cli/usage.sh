#!/bin/sh
# Wrong command lines: status 2, a message on standard error, nothing on standard output, nothing written.
. "$(dirname "$0")/lib.sh"

# wrong MESSAGE HINT WORD...
wrong() {
  message=$1 hint=$2
  shift 2
  run "$@"
  exits 2
  out_is_empty
  err_has "$message"
  err_has "$hint"
}
run
exits 2
out_is_empty
err_has 'usage: ffengine COMMAND'

wrong "unknown command 'rnu'" 'did you mean `ffengine run`' rnu x.yaml
wrong "unknown command 'frobnicate'" 'ffengine help' frobnicate
wrong "unknown command 'data lst'" 'did you mean `ffengine data list`' data lst
wrong "unknown command 'dta'" 'did you mean `ffengine data`' dta list
wrong "unknown command 'fetch'" 'did you mean `ffengine data fetch`' fetch mnist
wrong 'a command must follow' 'ffengine help data' data
wrong "unknown command 'nonsense'" 'ffengine help' help nonsense
wrong "unexpected argument 'x'" '' help run x
wrong "unknown command 'experiments'" 'did you mean `ffengine help experiment`' help experiments
wrong "unknown option '--verson'" 'did you mean `ffengine --version`' --verson
wrong "unknown option '--hlep'" 'did you mean `ffengine --help`' --hlep run
wrong "unknown option '--out'" 'options follow the command' --out x run a.yaml

wrong 'unknown option --thread' 'did you mean --threads' run x.yaml --thread 3
wrong 'unknown option --ot' 'did you mean --out' run x.yaml --ot=3
wrong 'unknown option --frobnicate' 'ffengine help run' run x.yaml --frobnicate
wrong 'unknown option -x' 'ffengine help run' run -x x.yaml
wrong 'unknown option --json' 'ffengine help check' check x.yaml --json
wrong 'unknown option --graph' 'ffengine help run' run x.yaml --graph
wrong 'unknown option --grpah' 'did you mean --graph' check x.yaml --grpah
wrong '--graph and --dot' 'give one of them' check x.yaml --dot --graph
wrong '--out needs a value' '' run x.yaml --out
wrong '--out needs a value' '' run --out --json x.yaml
for option in out set threads; do
  wrong "--$option has an empty value" "--$option " run x.yaml "--$option" ''
  wrong "--$option has an empty value" '' run x.yaml "--$option="
done
wrong '--to has an empty value' '--to DIR' data fetch mnist --to ''
wrong '--mirror has an empty value' '--mirror URL' data fetch mnist --mirror ''
wrong 'FILE is empty' 'usage: ffengine check FILE' check ''
wrong 'NAME is empty' '' data info ''
wrong 'an argument is empty' '' help ''
wrong '--json takes no value' '' run x.yaml --json=yes
wrong 'FILE is missing' 'usage: ffengine run FILE' run
wrong 'FILE is missing' 'usage: ffengine check FILE' check
wrong "unexpected argument 'b.yaml'" 'usage: ffengine run FILE' run a.yaml b.yaml
wrong "unexpected argument '--json'" '' run a.yaml -- --json
wrong 'unexpected argument' '' version now

tiny tiny.yaml
for count in 0 -1 3x ' 3' 1.5 5000 99999999999999999999 many; do
  wrong "'$count' is not a number of threads" '--threads: ' run tiny.yaml --threads="$count"
done

# Options may follow the operands, and a word after -- is an operand.
run check tiny.yaml --threads 2 --set seed=9
exits 0
run check --threads=auto -- tiny.yaml
exits 0

wrong "'5000' is not a number of threads" '1 to 4096' run tiny.yaml --threads 5000

for command in run check; do
  run $command missing.yaml
  exits 5
  out_is_empty
  err_has 'missing.yaml'
  err_has 'No such file'
  err_has 'is the path right?'
done
absent runs
finish
