# SPDX-License-Identifier: MIT
#
# Programs of another C library than ours in the process tree: they run as if we were not there.

load helpers

setup_file() {
	export MUSL=$BATS_FILE_TMPDIR/musl
	mkdir -p "$MUSL"
	command -v musl-gcc >/dev/null || return 0
	musl-gcc -shared -fPIC -o "$MUSL/plugin.so" "$REPO/tests/musl/plugin.c"
	musl-gcc -shared -fPIC -o "$MUSL/libcurl.so.4" -Wl,-soname,libcurl.so.4 "$REPO/tests/musl/libcurl.c"
	musl-gcc -o "$MUSL/program" "$REPO/tests/musl/program.c"
	musl-gcc -no-pie -o "$MUSL/fixed" "$REPO/tests/musl/program.c"
	musl-gcc -o "$MUSL/linked" "$REPO/tests/musl/linked.c" "$MUSL/libcurl.so.4" -Wl,-rpath,"$MUSL"
}

setup() {
	skip_without musl-gcc
	cd "$BATS_TEST_TMPDIR" || return
}

# as_without_us COMMAND...: the same output and the same status.
as_without_us() {
	local status=0
	"$@" >without 2>&1 || status=$?
	echo "status $status" >>without
	status=0
	retry "$@" >with 2>&1 || status=$?
	echo "status $status" >>with
	diff without with >&2
}

@test "a program of musl's runs as without us, whatever it asks its linker" {
	as_without_us "$MUSL/program" "$MUSL/plugin.so"
}

@test "a program of musl's that has a fixed address runs as without us" {
	as_without_us "$MUSL/fixed" "$MUSL/plugin.so"
}

@test "a libcurl of musl's is called as without us" {
	as_without_us "$MUSL/linked"
	grep -q '^curl_easy_perform: easy' with
}

@test "a bad setting is not complained of where we do nothing" {
	CURLRETRY_ATTEMPTS=none LD_PRELOAD=$BUILD/libcurlretry.so "$MUSL/linked" >with 2>&1
	assert_lacks "$(cat with)" curlretry:
}
