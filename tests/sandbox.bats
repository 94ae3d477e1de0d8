# SPDX-License-Identifier: MIT
#
# Programs that shut themselves in once libcurl is initialised: what the shim needs from the system
# it has by then. What such a program may not do ends it, so each is tried without us first.

load helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export CURLRETRY_LOG=stderr
}

# sandboxed WAY [STEPS]
sandboxed() {
	local status=0
	"$BUILD/tests/sandbox" "$1" "http://127.0.0.1:$HTTP_PORT/s/200/alone/x" >/dev/null 2>&1 || status=$?
	[ $status = 0 ] || skip "libcurl alone does not work in this filter: status $status"
	retry "$BUILD/tests/sandbox" "$1" "$(url "${2:-503,rst,200}")" >out 2>err || fail "status $?" "$(cat err)"
	grep -q '"event":"recovered"' err || fail "$(cat err)"
	assert_file out "answer 200 /$(key)/x"
}

@test "a program shut in after curl_global_init is retried" {
	sandboxed easy
	assert_requests 3
}

@test "a program shut in after curl_global_init_mem is retried" {
	sandboxed mem
	assert_requests 3
}

@test "a multi handle of a program shut in is retried" {
	sandboxed multi
	assert_requests 3
}

@test "a program shut in waits for the date that a server names" {
	sandboxed easy '503~ra=date+1,200'
	assert_requests 2
}
