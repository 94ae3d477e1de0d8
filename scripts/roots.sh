# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Debian's releases in roots of their own, for test-matrix and test-package, which source it after
# lib.sh. Who sources it has said where it was called from ("from") and may change what follows here.

cache=${XDG_CACHE_HOME:-/var/cache}/curlretry-roots
fresh=''
stale=''

# enter_namespaces ARGUMENT...: the script's own.
# Mounts and processes of ours live in namespaces, which the kernel clears away however this ends.
enter_namespaces()
{
	if [ -n "${IN_NAMESPACES:-}" ]; then
		# As the first process of its namespace, the script would not hear these otherwise.
		trap 'exit 130' INT TERM
		return
	fi
	[ "$(id -u)" = 0 ] || die "this needs root: it makes chroots"
	need matrix
	# shellcheck disable=SC2154  # from
	IN_NAMESPACES=$from exec unshare --mount --pid --fork --kill-child --mount-proc \
		--propagation private "scripts/${0##*/}" "$@"
}

# lock_roots NAME: no two runs in the same ones; they end together with this process.
lock_roots()
{
	mkdir -p "$cache"
	exec {lock}>"$cache/$1.lock"
	flock -n "$lock" || die "another run has the roots in $cache"
}

# bootstrap DIR SUITE ARCH: as debootstrap leaves it, unless it is there.
bootstrap()
{
	[ -z "$fresh" ] || rm -rf --one-file-system "$1"
	[ ! -d "$1" ] || return 0
	rm -rf --one-file-system "$1.new"
	debootstrap --variant=minbase --arch="$3" "$2" "$1.new" && mv "$1.new" "$1"
}

# furnish DIR: with what a running system has.
furnish()
{
	local root=$1

	cp -L --remove-destination /etc/resolv.conf /etc/hosts "$root/etc/" || return
	rm -f "$root/etc/apt/apt.conf.d/90stale"
	[ -z "$stale" ] || echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/90stale"
	! mountpoint -q "$root/proc" || return 0
	mount -t proc proc "$root/proc" &&
		mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" &&
		mkdir -p "$root/dev/shm" "$root/dev/pts" &&
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
		mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
}

# make_root DIR SUITE ARCH
make_root()
{
	bootstrap "$@" && furnish "$1"
}

# root_shell DIR COMMANDS [ARG]...: bash runs COMMANDS in there.
root_shell()
{
	chroot "$1" env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		/bin/bash -euc "$2" "${0##*/}" "${@:3}" </dev/null
}

# in_root DIR COMMANDS [ARG]...: in the copy of the tree, with lib.sh at hand.
in_root()
{
	root_shell "$1" "cd /curlretry; . scripts/lib.sh; $2" "${@:3}"
}

# pack_tree FILE: the tree as it is now, without what was built.
pack_tree()
{
	tree=$1
	tar -c --exclude=./build --exclude=./.git -f "$tree" .
}

# copy_tree DIR: what was packed.
copy_tree()
{
	rm -rf "$1/curlretry" &&
		mkdir "$1/curlretry" &&
		tar -x -f "$tree" -C "$1/curlretry" --no-same-owner
}
