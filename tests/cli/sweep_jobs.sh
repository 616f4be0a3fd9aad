#!/bin/sh
# ffengine sweep: what is left of a sweep that is changed, and its points as jobs of a batch system.
. "$(dirname "$0")/lib.sh"

# A sweep that has been changed keeps what it has in common with the one before, wherever that stands.
cat >two.yaml <<'END'
name: w
dataset: {name: synthetic, train: 200, test: 50, synthetic: {height: 8, width: 8}}
train: {batch: 20, epochs: 2}
sweep: {grid: {layers.widths: [[8], [12]]}, seeds: [2, 3]}
END
run sweep two.yaml --out grown --quiet
exits 0
out_lacks 'belong to no point'
stat -c '%n %i %Y' grown/points/*/result.json >before
sed 's/\[\[8\], \[12\]\]/[[6], [8], [12]]/; s/\[2, 3\]/[1, 2, 3]/' two.yaml >nine.yaml
run sweep nine.yaml --out grown --json --quiet
exits 0
cp "$out" nine.json
json nine.json done 9
json nine.json others 0
[ "$(ls -d grown/points/*/ | wc -l)" -eq 9 ] || fail 'not nine folders'
while read -r file inode time; do
  [ "$(stat -c '%i %Y' "$file")" = "$inode $time" ] || fail "$file was run again"
done <before
run sweep nine.yaml --out grown --quiet --set sweep.seeds='[3]'
exits 0
out_has '3 of 3 points done'
out_has '6 more run folders in points/ belong to no point of this sweep: they are kept, but not in the table'
json grown/sweep.json others 6
[ "$(wc -l <grown/results.csv)" -eq 4 ] || fail 'not three lines of CSV'
[ "$(ls grown/points/*/result.json | wc -l)" -eq 9 ] || fail 'a folder of the sweep before is gone'

# Jobs of a batch system: lines for a shell, whatever is in a path. Nothing but what a point left is ever removed.
mkdir my "it's" && echo x >my/thesis.txt && cp two.yaml "it's/\"two\" files.yaml"
program=$(dirname "$ff")
job() {
  last="job $1" code=0
  env PATH="$program:$PATH" SLURM_ARRAY_TASK_ID="$1" sh "$source_folder/experiments/sweeps/slurm.sbatch" jobs.txt \
    >"$out" 2>"$err" </dev/null || code=$?
}
run sweep "it's/\"two\" files.yaml" --out "my sweeps/\$w 'q' \"d\"" --set 'optimizer={kind: adam, rate: 0.002}' --print-jobs
exits 0
cp "$out" jobs.txt
folder="my sweeps/\$w 'q' \"d\""
absent 'my sweeps'
[ "$(wc -l <jobs.txt)" -eq 4 ] || fail 'not four jobs'
job 1
exits 0
err_is_empty
first=$(echo "$folder"/points/*/)
present "$first/result.json"
job 2
exits 0
[ "$(ls "$folder"/points/*/result.json | wc -l)" -eq 2 ] || fail 'not two results'
stat -c '%n %i %Y' "$folder"/points/*/result.json >before
job 1
exits 0
err_has 'has already finished'
sed -i 's/"finished"/"interrupted"/' "$first/result.json"
mkdir "$first/more" && echo x >"$first/more/file"
mkdir "$folder/points/mine" && echo x >"$folder/points/mine/file"
job 1
exits 0
absent "$first/more"
json "$first/result.json" status '"finished"'
present "$folder/points/mine/file"
job 5
exits 2
err_has 'has no line 5'
[ "$(ls -A my)" = thesis.txt ] || fail 'a folder of somebody else was touched'
stat -c '%n %i %Y' "$folder"/points/*/result.json >before
run sweep "it's/\"two\" files.yaml" --out "$folder" --set 'optimizer={kind: adam, rate: 0.002}' --quiet
exits 0
out_has '4 of 4 points done'
present "$folder/results.csv"
while read -r line; do
  grep -qxF "$line" before || continue
  kept=$((${kept:-0} + 1))
done <<END
$(stat -c '%n %i %Y' "$folder"/points/*/result.json)
END
[ "${kept:-0}" -eq 2 ] || fail "of the jobs' two results ${kept:-0} are left"

# A job and a sweep keep out of each other's way; so do two jobs of one point.
run sweep two.yaml --out locked --print-jobs --set train.epochs=1000000
exits 0
cp "$out" jobs.txt
env PATH="$program:$PATH" SLURM_ARRAY_TASK_ID=1 timeout -s KILL 120 \
  sh "$source_folder/experiments/sweeps/slurm.sbatch" jobs.txt >/dev/null 2>&1 &
job=$!
await 'an epoch' sh -c 'ls locked/points/*/metrics.jsonl' >/dev/null 2>&1
run sweep two.yaml --out locked --set train.epochs=1000000
exits 2
err_has 'another sweep, or a job of one, is using this folder'
job 1
exits 2
err_has 'another job is running this point'
env PATH="$program:$PATH" SLURM_ARRAY_TASK_ID=2 timeout -s TERM 2 \
  sh "$source_folder/experiments/sweeps/slurm.sbatch" jobs.txt >/dev/null 2>&1
[ "$(ls -d locked/points/*/ | wc -l)" -eq 2 ] || fail 'a job of another point does not run'
kill "$job"
wait "$job" 2>/dev/null
run sweep two.yaml --point p0123456789abcdef
exits 2
err_has "the sweep has no point 'p0123456789abcdef'"
run sweep two.yaml --point x --json
exits 2
err_has 'without --json'
run sweep two.yaml --out 'two
lines' --print-jobs
exits 2
err_has 'line break'
finish
