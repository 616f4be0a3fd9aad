#!/bin/sh
# usage: check_peers.sh ENGINE
# The peers of the benchmarks train as the engine does; exit status 77 (skipped) without PyTorch, numpy or images.
here=$(dirname "$0")
for data in mnist fashion-mnist; do
	"$1" data info $data >/dev/null 2>&1 || continue
	for python in /usr/bin/python3 python3; do
		"$python" -c 'import numpy, torch' 2>/dev/null || continue
		exec "$python" -B "$here/peers.py" --verify --engine "$1" --data $data
	done
	echo "skipped: no Python with PyTorch and numpy; install python3-torch and python3-numpy"
	exit 77
done
echo "skipped: neither mnist nor fashion-mnist is here; ffengine data fetch mnist"
exit 77
