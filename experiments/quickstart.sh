#!/usr/bin/env bash
# From a fresh clone to a trained network in one command; --help says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source .ci/packages.sh

usage() {
    cat <<'END'
usage: experiments/quickstart.sh [--no-install]

Installs missing Debian packages (as root or through sudo), builds ffengine in build/release, and trains the
network of experiments/quickstart.yaml on Fashion-MNIST, which comes with the package dataset-fashion-mnist.
May be run again at any time; every run gets a folder of its own below runs/.

  --no-install   install nothing and take for granted that all is there
  --help         this text
END
}

install=yes
for argument; do
    case $argument in
    --no-install) install=no ;;
    --help | -h) usage; exit ;;
    *) echo "quickstart.sh: unknown argument '$argument'; see --help" >&2; exit 2 ;;
    esac
done

if [[ $install == yes ]]; then
    echo "== 1 of 3: packages"
    packages_install "$packages_use"
else
    echo "== 1 of 3: packages (left as they are)"
fi

echo "== 2 of 3: build ffengine in build/release"
{ cmake --preset release -DBUILD_TESTING=OFF && cmake --build --preset release --target ffengine; } </dev/null

ffengine=build/release/engine/cli/ffengine
echo "== 3 of 3: $ffengine run experiments/quickstart.yaml"
"$ffengine" run experiments/quickstart.yaml </dev/null

cat <<END

That was a Forward-Forward network. What it left behind is in the newest folder of runs/:
  result.json, metrics.jsonl   errors and an epoch's figures; resolved.yaml holds every setting it ran with
  model.safetensors            the trained weights
What to try next:
  $ffengine run experiments/quickstart.yaml --set layers.widths='[1000,1000]'
  $ffengine check experiments/quickstart.yaml        every key and its default
  $ffengine data fetch mnist                         then: $ffengine run experiments/small_sup.yaml
  ls experiments/*.yaml experiments/*/*.yaml         other experiments; '$ffengine help experiment' explains their keys
END
