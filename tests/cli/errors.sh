# The promised errors on MNIST, as experiments/RESULTS.md has them; skipped where MNIST is not found.
mnist=${FFENGINE_DATA:-}
. "$(dirname "$0")/lib.sh"
FFENGINE_DATA=$mnist
export FFENGINE_DATA
"$ff" data info mnist >/dev/null 2>&1 || { echo 'skipped: MNIST is not found (FFENGINE_DATA)'; exit 77; }

# between NAME LOW HIGH: the test error of run NAME in percent.
between() {
  error=$("$json_get" "$1/result.json" test_error)
  echo "$1: test error $error"
  awk -v e="$error" -v low="$2" -v high="$3" 'BEGIN { exit !(100 * e >= low && 100 * e <= high) }' ||
    fail "test error $error is not between $2 % and $3 %"
}

run run "$source_folder/experiments/small_sup.yaml" --quiet --out small_sup
exits 0
between small_sup 0 3.8

run run "$source_folder/experiments/seed/small_sup.yaml" --quiet --out seed_small_sup
exits 0
between seed_small_sup 8.05 11.05
finish
