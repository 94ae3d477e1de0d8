# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts beside it share. They source it from the repository's root.

# The words of a tool's output are read here, and a fresh machine has no other locale.
export LC_ALL=C.UTF-8

# The Python that Debian's own packages (pycurl) are for, whatever else PATH finds first.
# shellcheck disable=SC2034  # for those who source this
python=/usr/bin/python3

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root, or sudo: $*"
	fi
}

# The entries of GROUP... in scripts/packages.
packages_of()
{
	local group arch

	arch=$(dpkg --print-architecture)
	for group; do
		sed -n -E "s/^$group(-$arch)?: *//p" scripts/packages
	done | tr ' ' '\n' | sort -u
}

# Those of the entries on standard input of which no alternative is installed.
missing()
{
	local have entry name

	have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p')
	while read -r entry; do
		for name in ${entry//|/ }; do
			grep -qxF -e "$name" <<<"$have" && continue 2
		done
		echo "$entry"
	done
}

# The first of ENTRY's alternatives that this release has.
choose()
{
	local name

	for name in ${1//|/ }; do
		# Through no pipe: with pipefail, who is cut off by grep -q would count as failed.
		if grep -q '^  Candidate: [^(]' <<<"$(apt-cache policy "$name")"; then
			echo "$name"
			return
		fi
	done
	die "this Debian release has no package $1"
}

# Runs COMMAND as root, heard only if it fails.
quietly()
{
	local output

	output=$(as_root "$@" </dev/null 2>&1) || die "failed: $*"$'\n'"$output"
}

apt_get()
{
	quietly env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 "$@"
}

# A test's web server must not stay behind as a service of the machine: see invoke-rc.d(8).
start_no_services()
{
	local policy=/usr/sbin/policy-rc.d

	[ ! -e "$policy" ] || return 0
	# shellcheck disable=SC2064  # the path as it is now
	trap "as_root rm -f $policy" EXIT
	as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
}

install_packages()
{
	local names=() entry

	command -v apt-get >/dev/null || die "no apt-get here; install these by hand: $*"
	apt_get update
	for entry; do
		names+=("$(choose "$entry")")
	done
	start_no_services
	apt_get install -y --no-install-recommends "${names[@]}"
}

# Installs what is missing of the packages in GROUP...; with nothing missing, does nothing.
need()
{
	local entries

	command -v dpkg-query >/dev/null || return 0
	entries=$(packages_of "$@" | missing)
	[ -n "$entries" ] || return 0
	echo "installing: ${entries//$'\n'/ }"
	# In a shell of its own, for its EXIT trap.
	# shellcheck disable=SC2086
	(install_packages $entries)
}

# The launcher, bats, valgrind and the sanitizers live by /proc; a bare chroot has none.
need_proc()
{
	[ -e /proc/self/exe ] || die "/proc is not mounted here: mount -t proc proc /proc"
}
