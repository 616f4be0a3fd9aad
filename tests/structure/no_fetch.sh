#!/bin/sh
# usage: no_fetch.sh SOURCE CC
# A build without libcurl: it has no warnings, its tests of data pass, and `data fetch` names the command to run.
set -eu
source=$1 cc=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=$work/build
{
	cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER="$cc" -DFF_FETCH=OFF -DFF_WERROR=ON &&
		cmake --build "$build" --parallel 2 --target ffengine json_get test_data test_dataset
} >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
ff=$build/engine/cli/ffengine
! ldd "$ff" | grep -E 'libcurl|libcrypto' || { echo "FAILED: linked to libcurl or libcrypto"; exit 1; }
ctest --test-dir "$build" -R '^(data|dataset|cli\.data)$' --no-tests=error --output-on-failure

cd "$work"
code=0
"$ff" data fetch mnist --to "it's here" 2>error || code=$?
cat error
[ "$code" -eq 2 ] || { echo "FAILED: exit status $code, not 2"; exit 1; }
# The command as a shell reads it.
mkdir bin
printf '#!/bin/sh\nprintf "<%%s>\\n" "$@"\n' >bin/curl
chmod +x bin/curl
PATH=$work/bin:$PATH sh -c "$(sed -n 's/^ *run: //p' error)" >words
grep -qxF "<it's here/mnist>" words || { cat words; echo "FAILED: the folder is not one word"; exit 1; }
grep -qF 't10k-labels-idx1-ubyte.gz}>' words || { cat words; echo "FAILED: no URL"; exit 1; }
[ ! -e "it's here" ] || { echo "FAILED: a folder was made"; exit 1; }
