# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016
#
# curlretry --check: what it says of each kind of program, and whether that is true of those that are installed.

load helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	unset LD_LIBRARY_PATH
}

teardown() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
}

started=()

check() {
	run --separate-stderr "$BUILD/curlretry" --check "$@"
	[ -z "${stderr:-}" ] || fail "it complains:" "$stderr"
}

# assert_verdict STATUS TEXT...: in the first line; a program that is not reached has advice in a second.
assert_verdict() {
	local text
	assert_status "$1"
	for text in "${@:2}"; do
		assert_contains "${lines[0]}" "$text"
	done
	[ "$1" -ne 1 ] || [[ ${lines[1]} == "  "* ]] || fail "no advice in" "$output"
}

# build FILE SOURCE [OPTION]...
build() {
	skip_without "${CC:-cc}"
	printf '%s\n' "$2" >"$1.c"
	"${CC:-cc}" -o "$1" "$1.c" -Wl,--no-as-needed "${@:3}" || skip "cannot compile with ${*:3}"
}

# program FILE [OPTION]...
program() {
	build "$1" 'int main(void) { return 0; }' "${@:2}"
}

# caller FILE FUNCTION... [OPTION]...: calls functions of libcurl.
caller() {
	local file=$1 calls=
	shift
	while [[ ${1:-} == curl_* ]]; do
		calls+="void $1(void *, void *); static void call_$1(void) { $1(0, 0); } void (*do_$1)(void) = call_$1;"
		shift
	done
	build "$file" "$calls int main(void) { return 0; }" "$@" -lcurl
}

# library NAME FUNCTION OTHER_FUNCTION [OPTION]...: libNAME.so, whose FUNCTION calls the other one.
library() {
	build "lib$1.so" "void $3(void *, void *); void $2(void); void $2(void) { $3(0, 0); }" -shared -fPIC "${@:4}"
}

@test "--check names the interfaces that a program calls" {
	caller easy curl_easy_perform
	caller multi curl_multi_add_handle curl_multi_perform
	caller socket curl_multi_socket_action
	caller both curl_easy_perform curl_multi_perform
	check ./easy
	assert_verdict 0 "reached: links libcurl directly: libcurl.so.4, easy interface"
	for name in multi socket; do
		check ./$name
		assert_verdict 0 "reached: links libcurl directly: libcurl.so.4, multi interface"
	done
	check ./both
	assert_verdict 0 "reached: links libcurl directly: libcurl.so.4, easy and multi interfaces"
}

@test "--check cannot tell of a program that links libcurl and calls no transfer of it" {
	caller none curl_version
	check ./none
	assert_verdict 2 "cannot tell: links libcurl directly: libcurl.so.4, neither"
}

@test "--check names the libraries between a program and libcurl" {
	library inner inner curl_multi_perform -lcurl
	library outer outer inner -L. -linner
	program through -L. -louter -Wl,-rpath,"$PWD" -Wl,-rpath-link,"$PWD"
	LD_LIBRARY_PATH=$PWD check ./through
	assert_verdict 0 "links libcurl through libouter.so, libinner.so, libcurl.so.4, multi interface"
}

@test "--check looks into RPATH before LD_LIBRARY_PATH, and into RUNPATH after it" {
	local tags
	mkdir libs other
	library outer outer other
	mv libouter.so other/
	library outer outer curl_easy_perform -lcurl
	mv libouter.so libs/
	for tags in disable enable; do
		program $tags -Llibs -louter "-Wl,--$tags-new-dtags,-rpath,\$ORIGIN/libs"
	done
	LD_LIBRARY_PATH=$PWD/other check ./disable
	assert_verdict 0 "through libouter.so"
	LD_LIBRARY_PATH=$PWD/other check ./enable
	assert_verdict 1 "does not use libcurl"
	check ./enable
	assert_verdict 0 "through libouter.so"
}

@test "--check finds a library where its program's RPATH tells, and where it is loaded already" {
	mkdir libs
	library inner inner curl_easy_perform -lcurl
	library outer outer inner -L. -linner
	mv lib*.so libs
	# libouter.so does not know where libinner.so is.
	program rpath -Llibs -louter -Wl,--disable-new-dtags,-rpath,'$ORIGIN/libs' -Wl,-rpath-link,libs
	check ./rpath
	assert_verdict 0 "through libouter.so, libinner.so, libcurl.so.4"
	program loaded -Llibs -louter -linner -Wl,--enable-new-dtags,-rpath,'$ORIGIN/libs'
	check ./loaded
	assert_verdict 0 "through libinner.so, libcurl.so.4"
	program neither -Llibs -louter -Wl,--enable-new-dtags,-rpath,'$ORIGIN/libs' -Wl,-rpath-link,libs
	check ./neither
	assert_verdict 2 "it needs libinner.so, which is not found"
}

@test "--check passes over a library of another architecture, as ld.so does" {
	mkdir other libs
	library through through curl_easy_perform -lcurl
	mv libthrough.so libs
	cp libs/libthrough.so other
	# e_machine: EM_386.
	printf '\003\000' | dd of=other/libthrough.so bs=1 seek=18 conv=notrunc status=none
	program program -Llibs -lthrough
	LD_LIBRARY_PATH=$PWD/other:$PWD/libs check ./program
	assert_verdict 0 "through libthrough.so, libcurl.so.4, easy interface"
	LD_LIBRARY_PATH=$PWD/other check ./program
	assert_verdict 2 "it needs libthrough.so, which is not found"
}

bundled='const char text[] = "A libcurl function was given a bad argument"; const char *get(void); const char *get(void) { return text; }'

@test "--check tells a libcurl inside of a program, and inside of a library" {
	build own "$bundled int main(void) { return 0; }"
	check ./own
	assert_verdict 1 "not reached: contains a libcurl of its own"
	build libown.so "$bundled" -shared -fPIC
	program linked -L. -lown -Wl,-rpath,"$PWD"
	check ./linked
	assert_verdict 1 "not reached: contains a libcurl of its own"
	build exports "int curl_easy_perform(void *easy); int curl_easy_perform(void *easy) { return !easy; } int main(void) { return 0; }" -rdynamic
	check ./exports
	assert_verdict 1 "not reached: contains a libcurl of its own"
}

@test "--check tells that one libcurl of two is not reached" {
	build libown.so "$bundled" -shared -fPIC
	caller two curl_easy_perform -L. -lown -Wl,-rpath,"$PWD"
	check ./two
	assert_verdict 0 "links libcurl directly: libcurl.so.4, easy interface"
	assert_contains "${lines[1]}" "not the libcurl that $PWD/libown.so contains"
}

@test "--check takes a library for libcurl that exports its functions, whatever its name" {
	build libtransfer.so "int curl_easy_perform(void *easy); int curl_easy_perform(void *easy) { return !easy; }" -shared -fPIC
	build renamed "int curl_easy_perform(void *); int main(void) { return curl_easy_perform(0); }" \
		-L. -ltransfer -Wl,-rpath,"$PWD"
	check ./renamed
	assert_verdict 0 "links libcurl directly: libtransfer.so, easy interface"
}

@test "--check tells a program that names libcurl, where it can load it" {
	build loads '#include <dlfcn.h>
		int main(void) { return !dlopen("libcurl.so.4", RTLD_NOW); }' -ldl
	check ./loads
	assert_verdict 0 "probably" "names libcurl"
	build names '#include <stdio.h>
		int main(void) { return puts("libcurl.so.4"); }'
	check ./names
	assert_verdict 1 "does not use libcurl"
	build opens '#include <dlfcn.h>
		int main(int n, char **names) { return !dlopen(names[n - 1], RTLD_NOW); }' -ldl
	check ./opens
	assert_verdict 2 "may load it at run time"
}

@test "--check knows that libraries open modules of their own kind, and which open anything" {
	local opens='#include <dlfcn.h>
		void *opens(const char *name); void *opens(const char *name) { return dlopen(name, RTLD_NOW); }'
	build libmodules.so "$opens" -shared -fPIC -ldl
	program own -L. -lmodules -Wl,-rpath,"$PWD"
	check ./own
	assert_verdict 1 "not reached: it does not use libcurl"
	build libltdl.so "$opens" -shared -fPIC -ldl
	program anything -L. -lltdl -Wl,-rpath,"$PWD"
	check ./anything
	assert_verdict 2 "may load it at run time"
	build tokens '#include <dlfcn.h>
		int main(int n, char **names) { return !dlsym(dlopen(names[n - 1], RTLD_NOW), "C_GetFunctionList"); }' -ldl
	check ./tokens
	assert_verdict 1 "not reached: it does not use libcurl"
}

# Here are those that are installed: aria2c mostly is not.
@test "--check tells that aria2c, wget, ssh, openssl and sqlite3 do not use libcurl" {
	local name some=
	for name in aria2c wget ssh openssl sqlite3; do
		command -v "$name" >/dev/null || continue
		check "$name"
		assert_verdict 1 "$name: not reached: it does not use libcurl"
		some=yes
	done
	[ -n "$some" ] || skip "none of them is here"
}

@test "--check reads in PHP's configuration whether an extension uses libcurl" {
	skip_without php
	local verdict="does not use libcurl: its configuration enables no extension"
	export PHPRC=$PWD PHP_INI_SCAN_DIR=$PWD/conf.d
	mkdir conf.d
	check php
	assert_verdict 1 "php: not reached: it $verdict"
	echo ';extension=curl' >conf.d/20-curl.ini
	check php
	assert_verdict 1 "$verdict"
	echo ' extension = "curl" ; like so' >conf.d/20-curl.ini
	# Else it complains on standard output.
	[ "$(php -r 'echo extension_loaded("curl") ? "loaded" : "none";')" = loaded ] || skip "PHP has no curl extension here"
	check php
	assert_verdict 0 "php: reached: its configuration enables an extension"
	assert_contains "${lines[1]}" "/curl.so links libcurl directly: libcurl"
	run retry php -r '$curl = curl_init($argv[1]); curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
		exit(curl_exec($curl) === false ? 1 : 0);' "$(url 503,200)"
	assert_status 0
	assert_requests 2
	printf '#!%s\n' "$(command -v php)" >script
	chmod +x script
	check ./script
	assert_contains "${lines[1]}" "reached: its configuration enables an extension"
	# In php.ini, by its path, from a folder of its own.
	mv conf.d/20-curl.ini php.ini
	check php
	assert_verdict 0 "its configuration enables an extension"
	echo "extension_dir = $PWD" >php.ini
	echo "extension=mine" >>php.ini
	library mine mine curl_multi_perform -lcurl
	mv libmine.so mine.so
	check php
	assert_equal "${lines[1]}" "  $PWD/mine.so links libcurl directly: libcurl.so.4, multi interface"
	echo "extension=$PWD/mine.so" >php.ini
	check php
	assert_equal "${lines[1]}" "  $PWD/mine.so links libcurl directly: libcurl.so.4, multi interface"
}

@test "--check names the modules of Perl and Python that use libcurl" {
	skip_without perl
	library fetch fetch curl_easy_perform -lcurl
	mkdir -p modules/auto/Fetch
	mv libfetch.so modules/auto/Fetch/Fetch.so
	for name in perl "$PYTHON"; do
		PERL5LIB=$PWD/modules PYTHONPATH=/nowhere:$PWD/modules check "$name"
		assert_verdict 2 "cannot tell: scripts that load one of these modules are reached"
		assert_contains "$output" "  $PWD/modules/auto/Fetch/Fetch.so links libcurl directly: libcurl.so.4, easy"
	done
	check "$PYTHON"
	assert_status 2
	if "$PYTHON" -c 'import pycurl' 2>/dev/null; then
		assert_contains "$output" "/pycurl."
	fi
}

@test "--check finds the programs that a program may run" {
	mkdir -p libexec/tool
	caller libexec/tool/fetch curl_multi_perform
	program libexec/tool/other
	ln -s fetch libexec/tool/link
	ln -s nowhere libexec/tool/gone
	build tool "const char *path = \"$PWD/libexec/tool\"; int main(void) { return 0; }"
	check ./tool
	assert_verdict 0 "reached: probably" "programs it may run"
	assert_equal "${lines[1]}" "  $PWD/libexec/tool/fetch links libcurl directly: libcurl.so.4, multi interface"
	assert_equal "${#lines[@]}" 2
	build one "const char *path = \"$PWD/libexec/tool/fetch\"; int main(void) { return 0; }"
	check ./one
	assert_verdict 0 "reached: probably" "programs it may run"
	build other "const char *path = \"$PWD/libexec/tool/other\"; int main(void) { return 0; }"
	check ./other
	assert_verdict 1 "does not use libcurl"
}

@test "--check tells that git is reached through its helpers" {
	skip_without git
	[ -x "$(git --exec-path)/git-remote-http" ] || skip "git has no git-remote-http"
	check git
	assert_verdict 0 "git: reached: probably"
	assert_contains "$output" "$(git --exec-path)/git-remote-http links libcurl directly"
}

@test "--check cannot tell of the dynamic linker, which runs others" {
	local linker
	linker=$(ldd /bin/sh | grep -o '/[^ ]*/ld-linux[^ ]*')
	check "$linker"
	assert_verdict 2 "it is the dynamic linker"
	run "$BUILD/curlretry" "$linker" /bin/sh -c 'echo "$LD_PRELOAD"'
	assert_equal "$output" "$(realpath "$BUILD/libcurlretry.so")"
}

@test "--check tells a program for musl" {
	program musl -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1
	check ./musl
	assert_verdict 1 "musl"
}

@test "--check tells file capabilities, to a user whom they would be given" {
	[ "$(id -u)" = 0 ] || skip "not root"
	skip_without setpriv
	skip_without_privileges
	program able
	# cap_net_raw, effective and permitted: struct vfs_cap_data, version 2.
	"$PYTHON" -c 'import os, struct; os.setxattr("able", "security.capability",
		struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0))' || skip "no file capabilities here"
	# Where nobody can reach them.
	cp "$BUILD/curlretry" .
	chmod 711 . .. ../..
	run setpriv --reuid=65534 --regid=65534 --clear-groups ./curlretry --check ./able
	assert_verdict 1 "it has file capabilities"
	check ./able
	assert_verdict 1 "does not use libcurl"
}

@test "--check tells what set-user-ID and set-group-ID give, and where they give nothing" {
	[ "$(id -u)" = 0 ] || skip "not root"
	skip_without setpriv unshare
	skip_without_privileges
	local bare="reached: links libcurl directly"
	caller user curl_easy_perform
	cp user group
	chown 1:1 user group
	chmod 4755 user
	chmod 2755 group
	check ./user
	assert_verdict 1 "not reached: it is set-user-ID"
	check ./group
	assert_verdict 1 "not reached: it is set-group-ID"
	# Without the group's right to execute, the bit is not about that.
	chmod 2745 group
	check ./group
	assert_verdict 0 "$bare"
	run setpriv --no-new-privs "$BUILD/curlretry" --check ./user
	assert_verdict 0 "$bare"
	mkdir nosuid
	unshare -m mount -t tmpfs -o nosuid none nosuid || skip "nothing can be mounted here"
	run unshare -m sh -c 'mount -t tmpfs -o nosuid none nosuid && cp -p user nosuid && "$0" --check nosuid/user' \
		"$BUILD/curlretry"
	assert_verdict 0 "$bare"
}

# start COMMAND...: in the background, reading from a pipe that nobody writes to; it has said a line.
start() {
	local out
	[ -p in ] || mkfifo in
	exec {out}< <(exec "$@" 3>&- <>in)
	started+=($!)
	read -r -t 20 _ <&"$out" || fail "$1 did not start"
	exec {out}<&-
}

@test "--check looks into a running process" {
	skip_without curl
	build waits '#include <unistd.h>
		#include <curl/curl.h>
		int main(void) { char byte; CURLcode (*volatile perform)(CURL *) = curl_easy_perform;
		return write(1, "up\n", 3) != 3 || read(0, &byte, 1) < 0 || !perform; }' -lcurl
	build bare '#include <unistd.h>
		int main(void) { char byte; return write(1, "up\n", 3) != 3 || read(0, &byte, 1) < 0; }'
	start "$BUILD/curlretry" ./waits
	check "${started[-1]}"
	assert_verdict 0 "${started[-1]}: reached: it has libcurl and curlretry loaded"
	start "$BUILD/curlretry" ./bare
	check "${started[-1]}"
	assert_verdict 0 "it has curlretry loaded, and no libcurl yet"
	start ./waits
	check "${started[-1]}"
	assert_verdict 1 "it has libcurl loaded, but not curlretry"
	start ./bare
	check "${started[-1]}"
	assert_verdict 1 "neither libcurl nor curlretry"
	# No process has it.
	check "$(cat /proc/sys/kernel/pid_max)"
	assert_verdict 2 "cannot tell: neither a command nor a process"
	assert_equal "${#lines[@]}" 1
	# One that has ended has no memory, nor has the kernel's own.
	coproc ended { exec "$PYTHON" -c 'import os, sys; pid = os.fork() or os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT); print(pid, flush=True); sys.stdin.read()' 3>&-; }
	started+=("$ended_PID")
	read -r -t 20 pid <&"${ended[0]}"
	check "$pid"
	assert_verdict 2 "it is a part of the kernel, or has ended"
}

@test "--check cannot tell what a program without section headers links, nor of one whose dynamic linker is not there" {
	caller bare curl_easy_perform
	# e_shoff, e_shentsize, e_shnum, e_shstrndx.
	dd if=/dev/zero of=bare bs=1 seek=40 count=8 conv=notrunc status=none
	dd if=/dev/zero of=bare bs=1 seek=58 count=6 conv=notrunc status=none
	check ./bare
	assert_verdict 2 "no section headers"
	caller elsewhere curl_easy_perform -Wl,--dynamic-linker=/nowhere/ld.so
	check ./elsewhere
	assert_verdict 2 "its dynamic linker, /nowhere/ld.so, is not found"
}

@test "--check tells a static program" {
	program static -static
	check ./static
	assert_verdict 1 "not reached: it is statically linked"
	assert_equal "${#lines[@]}" 2
}

@test "--check tells a program without libcurl" {
	program program
	check ./program
	assert_status 1
	assert_contains "${lines[0]}" "does not use libcurl"
}

@test "--check follows a script to its interpreter" {
	program program
	printf '#!%s\n' "$PWD/program" >script
	printf '#!/usr/bin/env -S FOO=1 %s\n' "$PWD/program" >by-env
	chmod +x script by-env
	for name in script by-env; do
		check ./$name
		assert_status 2
		assert_contains "${lines[0]}" "script for $PWD/program"
		assert_contains "${lines[1]}" "does not use libcurl, but the script may start programs that do"
	done
}

@test "--check follows whatever env splits to the interpreter" {
	program program
	local line
	for line in "-S$PWD/program -x" "-vS $PWD/program" "--split-string=$PWD/program -x" "-S -u NAME -i $PWD/program" \
		"-S --chdir / A=1 $PWD/program" "-iS A=1 -- $PWD/program"; do
		printf '#!/usr/bin/env %s\n' "$line" >script
		chmod +x script
		check ./script
		assert_contains "${lines[0]}" "script for $PWD/program"
		assert_contains "${lines[1]}" "does not use libcurl"
	done
	# These give it no command.
	for line in '' - -S -u '-S A=1'; do
		printf '#!/usr/bin/env %s\n' "$line" >script
		check ./script
		assert_verdict 2 "cannot tell"
	done
}

@test "--check passes over what is no file: a folder in PATH, and a pipe, for which it does not wait" {
	caller tool curl_easy_perform
	mkdir -p first/tool second
	mv tool second
	PATH=$PWD/first:$PWD/second:$PATH check tool
	assert_verdict 0 "tool: reached: links libcurl directly"
	mkfifo -m 755 pipe
	run timeout "$PATIENCE" "$BUILD/curlretry" --check ./pipe
	assert_verdict 2 "cannot tell"
}

@test "--check tells another architecture" {
	program program
	# e_machine: EM_S390.
	printf '\026\000' | dd of=program bs=1 seek=18 conv=notrunc status=none
	check ./program
	assert_status 1
	assert_contains "${lines[0]}" "another architecture"
	run "$BUILD/curlretry" ./program
	assert_contains "${lines[0]}" "another architecture: its transfers will not be retried"
}

@test "--check cannot tell what it cannot read" {
	check no-such-command
	assert_status 2
	check .
	assert_status 2
	printf 'text' >text
	chmod +x text
	check ./text
	assert_status 2
}

@test "--check finds a command where execvp does" {
	program program
	mkdir folder folder/program
	for path in "" /nonexistent: ::/nonexistent folder:.; do
		PATH=$path run "$BUILD/curlretry" --check program
		assert_verdict 1 "does not use libcurl"
		PATH=$path run "$BUILD/curlretry" program
		assert_status 0
	done
	PATH=folder run "$BUILD/curlretry" --check program
	assert_verdict 2 "not found"
	run env -u PATH "$BUILD/curlretry" --check env
	assert_verdict 1 "does not use libcurl"
}

@test "--check survives damaged programs" {
	local size
	program program
	size=$(stat -c %s program)
	for length in 0 1 16 63 64 100 500 1000 4000 $((size / 2)) $((size - 1)); do
		head -c "$length" program >short
		chmod +x short
		check ./short
		[ "$status" -le 2 ] || fail "status $status at $length bytes"
	done
	for seed in $(seq 40); do
		# Eight bytes, most of them in the headers.
		SEED=$seed perl -0777 -pe 'substr($_, ($ENV{SEED} * 7919 + $i * $i * 104729) % ($i % 2 ? 1024 : length), 1) = "\xff"
			while $i++ < 8' program >damaged
		chmod +x damaged
		check ./damaged
		[ "$status" -le 2 ] || fail "status $status with seed $seed"
	done
}

@test "--check runs nothing" {
	printf '#!/bin/sh\ntouch marker\n' >script
	chmod +x script
	check ./script
	[ ! -e marker ]
}

# --- what is installed here ---

# Each has it from a package of its own; git-remote-http is not in PATH.
@test "--check is right of the programs here that use libcurl" {
	local programs=() name
	for name in curl git cmake ctest cpack gdb php perl "$PYTHON" sh env nginx openssl; do
		name=$(command -v "$name") && programs+=("$name")
	done
	mapfile -t -O ${#programs[@]} programs < <(compgen -G "$(git --exec-path 2>/dev/null)/git-*http*")
	run "$PYTHON" -B "$REPO/tests/honest.py" "$BUILD/curlretry" "$BUILD/libcurlretry.so" "${programs[@]}"
	assert_status 0
	assert_lacks "${lines[-1]}" " 0 with libcurl"
}

# Their answer is no data that most of them like: what counts is that they were retried.
@test "what --check says is reached is retried, in each program here that transfers a URL" {
	local name arguments
	while read -r name arguments; do
		command -v "$name" >/dev/null || continue
		check "$name"
		assert_verdict 0 "reached: links libcurl"
		URL=$(url 503,200 "$name") retry bash -c "exec $name $arguments" </dev/null >out 2>&1 || true
		assert_contains "$(events url | uniq -c)" "2 http://127.0.0.1:$HTTP_PORT/s/503,200/$(key)/$name"
		assert_contains "$(events event | tail -n 2)" retry
	done <<-'END'
		curl -sS $URL
		zckdl $URL
		ncdump -h $URL
		nccopy $URL out.nc
		rapper -q $URL
		hxnormalize $URL
		hxpipe $URL
		hxcount $URL
		jp2a $URL
		projsync --endpoint $URL --all
	END
	skip_without curl
}

# EVERY_PROGRAM=N: at least N programs must have libcurl. See scripts/test-matrix.
@test "--check is right of every program in /usr/bin" {
	[ -n "${EVERY_PROGRAM:-}" ] ||
		skip "EVERY_PROGRAM is not set: it would run every program here with --version"
	run "$PYTHON" -B "$REPO/tests/honest.py" --run "$BUILD/curlretry" "$BUILD/libcurlretry.so" /usr/bin/*
	assert_status 0
	echo "# ${lines[-1]}" >&3
	[[ ${lines[-1]} =~ ([0-9]+)\ with\ libcurl ]]
	[ "${BASH_REMATCH[1]}" -ge "$EVERY_PROGRAM" ] || fail "too few of them use libcurl: ${lines[-1]}"
}
