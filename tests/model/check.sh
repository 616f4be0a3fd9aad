#!/bin/sh
# usage: check.sh CC
# Checks the model of the ring's protocol (ring.pml) in all its variants, and that each fault put into it is found.
# Exits 77 (skipped) if spin is not installed.
set -eu
model=$(cd "$(dirname "$0")" && pwd)/ring.pml
cc=$1
command -v spin >/dev/null || { echo "spin is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0 count=0

# search OPTION...: errors=number of errors of that variant, kind=what was found; the search must be exhaustive.
search() {
	rm -f ./*
	if ! { spin "$@" -a "$model" && "$cc" -O2 -w -DSAFETY -DVECTORSZ=256 -o pan pan.c; } >build.log 2>&1; then
		cat build.log
		exit 1
	fi
	./pan -m200000 >pan.log 2>&1 || { cat pan.log; exit 1; }
	errors=$(sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.log)
	states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log)
	kind=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' pan.log)
	count=$((count + 1))
	if [ -z "$errors" ] || grep -q 'max search depth too small' pan.log; then
		cat pan.log
		exit 1
	fi
}

holds() {
	search "$@"
	echo "$*: $errors errors, $states states"
	[ "$errors" = 0 ] || { cat pan.log; failed=1; }
}

# fails KIND OPTION...: the fault is found, as an error of that kind.
fails() {
	wanted=$1
	shift
	search "$@"
	echo "$*: $errors errors: $kind"
	case $kind in
	*"$wanted"*) [ "$errors" != 0 ] || failed=1 ;;
	*) failed=1 ;;
	esac
}

for slots in 1 2; do
	for each in "" -DEACH; do
		for end in 0 1 2 3 4; do
			holds -DSLOTS=$slots -DEND=$end $each
		done
		holds -DSLOTS=$slots -DN=6 -DEND=1 $each
		holds -DSLOTS=$slots -DN=5 -DEND=2 $each

		fails "invalid end state" -DSLOTS=$slots -DBUG_RECHECK $each
		fails "invalid end state" -DSLOTS=$slots -DBUG_RECHECK $each -DSC
		fails "invalid end state" -DSLOTS=$slots -DBUG_END -DEND=1 $each
		fails "invalid end state" -DSLOTS=$slots -DBUG_END -DEND=2 $each
		fails "invalid end state" -DSLOTS=$slots -DBUG_END -DEND=3 $each
		fails "assertion violated" -DSLOTS=$slots -DBUG_FULL $each
		fails "assertion violated" -DSLOTS=$slots -DBUG_DRAIN -DEND=1 $each
	done

	# Without store buffers these are no faults: it is the buffers that ask for barriers.
	for end in 0 1 2 3 4; do
		holds -DSLOTS=$slots -DEND=$end -DSC
	done
	holds -DSLOTS=$slots -DBUG_MEMBARRIER -DSC
	holds -DSLOTS=$slots -DEACH -DBUG_RELEASE -DSC
	holds -DSLOTS=$slots -DEACH -DBUG_ANNOUNCE -DSC

	fails "invalid end state" -DSLOTS=$slots -DBUG_MEMBARRIER
	fails "invalid end state" -DSLOTS=$slots -DBUG_OWN
	fails "invalid end state" -DSLOTS=$slots -DBUG_LATE
	fails "invalid end state" -DSLOTS=$slots -DEACH -DBUG_RELEASE
	fails "invalid end state" -DSLOTS=$slots -DEACH -DBUG_ANNOUNCE
done
holds -DSLOTS=3 -DN=5 -DEND=1
holds -DSLOTS=3 -DN=5 -DEND=1 -DEACH
echo "$count searches"
exit $failed
