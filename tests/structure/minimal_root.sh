#!/usr/bin/env bash
# For maintainers, not part of ctest: do the two commands of the README work on a machine that has nothing?
set -euo pipefail

usage() {
    cat <<'END'
usage: tests/structure/minimal_root.sh [--sudo] [--twice] [--keep]

Makes a minimal Debian 12 root in a temporary folder with debootstrap, clones this repository's HEAD into it, and runs
experiments/quickstart.sh and tests/run.sh there in a chroot as a new user would. Takes the mirror, the proxy, and the
certificate authority from this machine's apt. Needs root, debootstrap, git and some 2 GB below TMPDIR.

  --sudo    as a user with sudo, from a folder with a space in its name, instead of as root
  --twice   run both commands a second time
  --keep    leave the root where it is
END
}

as=root twice=no keep=no
arguments=("$@")
while (($#)); do
    case $1 in
    --sudo) as=new ;;
    --twice) twice=yes ;;
    --keep) keep=yes ;;
    --help | -h) usage; exit ;;
    *) echo "minimal_root.sh: unknown argument '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done
[[ $(id -u) == 0 ]] || { echo "minimal_root.sh: needs root" >&2; exit 2; }
for tool in debootstrap git chroot unshare; do
    command -v $tool >/dev/null || { echo "minimal_root.sh: needs $tool" >&2; exit 2; }
done

# In a mount namespace of its own: whatever happens, no mount outlives this script or is seen outside.
if [[ ${FF_MINIMAL_ROOT_INSIDE:-} != "$$" ]]; then
    export FF_MINIMAL_ROOT_INSIDE=$$
    exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "${arguments[@]}"
fi

source_tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
root=$(mktemp -d)
chmod 755 "$root" # mktemp shuts others out; the new user is one
mounts=()
# shellcheck disable=SC2317 # called by the trap
finish() {
    local i
    for ((i = ${#mounts[@]} - 1; i >= 0; i--)); do
        umount "${mounts[i]}" || umount --lazy "${mounts[i]}"
    done
    if [[ $keep == yes ]]; then
        echo "the root is left in $root"
    else
        rm -rf --one-file-system "$root"
    fi
}
trap finish EXIT

within() {
    chroot "$root" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb \
        HOME="$home" "$@" </dev/null
}

# mount_at TARGET ARGUMENT...: mounts on TARGET of the root.
mount_at() {
    mount "${@:2}" "$root$1"
    mounts+=("$root$1")
}

# shellcheck disable=SC2016 # apt expands its own $(...)
make_root() {
    local mirror setting
    mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' | sed -n 's/^bookworm //p' | head -n 1)
    setting=$(apt-config shell proxy Acquire::http::Proxy)
    eval "$setting"
    [[ -z ${proxy:-} ]] || export http_proxy=$proxy
    [[ -n $mirror ]] || { echo "minimal_root.sh: this machine's apt knows no mirror of bookworm" >&2; return 1; }
    debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" ||
        { tail -n 20 "$root.log"; rm -f "$root.log"; return 1; }
    rm -f "$root.log"

    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
        grep ' bookworm' | sort -u >"$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(https?|ftp)::(Proxy|CaInfo|Verify-Peer|Verify-Host)' \
        >"$root/etc/apt/apt.conf.d/90host" || true
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    if grep -q 'https://' "$root/etc/apt/sources.list"; then
        mkdir -p "$root/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    fi

    mount_at /proc -t proc proc
    mount_at /dev --bind /dev
    mount_at /dev/shm -t tmpfs tmpfs
    mount_at /dev/pts --bind /dev/pts
}

make_user() {
    within apt-get -qq update
    within env DEBIAN_FRONTEND=noninteractive apt-get -qq -y install --no-install-recommends sudo >/dev/null
    within useradd --create-home --shell /bin/bash new
    echo 'new ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/new"
}

report=()
failed=0
# timed COMMAND...: runs it as the new user in the clone, notes how long it took and how it ended.
timed() {
    local begin=$SECONDS status=0
    echo "=== $*"
    # shellcheck disable=SC2016 # the inner shell expands its own arguments
    within setpriv --reuid "$as" --regid "$as" --init-groups bash -c 'cd "$1" && shift && exec "$@"' - "$clone" "$@" ||
        status=$?
    report+=("$(printf '%6d s  exit %d  %s' $((SECONDS - begin)) $status "$*")")
    ((status == 0)) || failed=1
}

echo "=== a minimal root in $root"
home=/root clone=/root/ffengine
begin=$SECONDS
make_root
report+=("$(printf '%6d s          %s' $((SECONDS - begin)) 'debootstrap')")
if [[ $as != root ]]; then
    make_user
    home=/home/new clone='/home/new/a clone'
fi
[[ -z $(git -C "$source_tree" status --porcelain) ]] || echo "note: uncommitted changes are not part of the clone"
git clone --quiet --no-hardlinks "$source_tree" "$root$clone"
within chown -R "$as:$as" "$clone"

timed experiments/quickstart.sh
timed tests/run.sh
if [[ $twice == yes ]]; then
    timed experiments/quickstart.sh
    timed tests/run.sh
fi
echo "=== $(uname -m), $(nproc) processors, as $as in '$clone'"
printf '%s\n' "${report[@]}"
exit $failed
