#!/usr/bin/env bash
# Installs what is needed, builds ffengine and runs its tests; --help says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/packages.sh

usage() {
    cat <<'END'
usage: tests/run.sh [--long] [--no-install] [--sanitize WHAT]

Installs missing Debian packages (as root or through sudo), then builds ffengine with warnings as errors and runs the
short tests, twice: as release (build/release) and under sanitizers (build/asan). May be run again at any time.

  --long            run the long tests of the release build too
  --no-install      install nothing and take for granted that all is there
  --sanitize WHAT   the second build: address (the default, with undefined behaviour), thread (clang, build/tsan),
                    or none
  --help            this text

The last line of output is `N passed, N failed, N skipped`, over all builds; a build that fails counts as a failed
test. The exit status is 0 only if tests ran and none failed.
END
}

labels='^short$' install=yes sanitize=address
while (($#)); do
    case $1 in
    --long) labels='^(short|long)$' ;;
    --no-install) install=no ;;
    --sanitize)
        sanitize=${2:-}
        [[ $# -ge 2 && $2 =~ ^(address|thread|none)$ ]] ||
            { echo "tests/run.sh: --sanitize takes address, thread or none" >&2; exit 2; }
        shift
        ;;
    --help | -h) usage; exit ;;
    *) echo "tests/run.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done

passed=0 failed=0 skipped=0
log=$(mktemp)
finish() {
    local status=$?
    rm -f "$log"
    ((passed + failed > 0 && failed == 0)) || ((status != 0)) || status=1
    printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
    exit $status
}
trap finish EXIT

# Adds up ctest's lines `3/5 Test #3: name .....   Passed    0.12 sec`. A disabled test counts as skipped; every other
# end (Failed, Timeout, Exception, Not Run) as failed.
count() {
    local line
    while IFS= read -r line; do
        case $line in
        *"***Skipped"* | *"Not Run (Disabled)"*) ((skipped += 1)) ;;
        *"***"*) ((failed += 1)) ;;
        *Passed*) ((passed += 1)) ;;
        *) ((failed += 1)) ;;
        esac
    done < <(grep -aE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: ' "$log")
}

# stage PRESET LABELS: configure, build, test; failures are counted, not fatal, so that the other build still runs.
stage() {
    local before
    echo
    echo "== $1: build with warnings as errors in build/$1"
    if ! { cmake --preset "$1" -DFF_WERROR=ON -DBUILD_TESTING=ON && cmake --build --preset "$1"; } </dev/null; then
        echo "== $1: the build failed"
        ((failed += 1))
        return
    fi
    echo "== $1: test (ctest labels $2)"
    before=$failed
    local status=0
    "${personality[@]}" ctest --preset "$1" -L "$2" --output-on-failure --no-tests=error </dev/null 2>&1 |
        tee "$log" || status=$?
    count
    # ctest failed, and not over a test that was counted: no tests, or ctest itself.
    ((status == 0 || failed > before)) || ((failed += 1))
}

needed=$packages_use$packages_test
[[ $labels != *long* ]] || needed+=$packages_long
[[ $sanitize != thread ]] || needed+=$packages_thread
if [[ $install == yes ]]; then
    echo "== packages"
    packages_install "$needed"
fi

# Sanitizers want the address space laid out as they expect; newer kernels randomise more than clang 14 knows.
personality=()
stage release "$labels"
case $sanitize in
address) stage asan '^short$' ;;
thread)
    ! setarch -R true 2>/dev/null || personality=(setarch -R)
    stage tsan '^short$'
    ;;
esac
echo
