#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Retries that go by the account that all processes of the machine keep: each test has a ledger, or
# a destination, of its own.

load helpers

setup_file() {
	unshare --ipc true 2>/dev/null || skip "no IPC namespaces here"
}

setup() {
	[ -z "${EMULATED:-}" ] || skip "shared memory is not told apart under $EMULATED"
	cd "$BATS_TEST_TMPDIR" || return
	start_server
}

teardown() {
	stop_server
}

# alone COMMAND...: with the shim, in an IPC namespace of its own: nothing is left behind.
alone() {
	CURLRETRY_LEDGER=on retry unshare --ipc "$@"
}

# The settings by which failures come quickly.
quick=(CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=20ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_MAX_DELAY=20ms)

@test "a program alone, of whose requests one in two fails, is never slowed down" {
	alone env "${quick[@]}" sh -c 'for i in $(seq 40); do curl -sS -o out "$(echo "$0" | sed "s,/x$,/n$i,")" || exit; done' "$(url 503,200 x)"
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 40 recovered\n 40 retry'
	assert_equal "$(events turn_ms | sort -u)" -
}

@test "beyond the budget a transfer ends as its last attempt did, and says so" {
	run alone env "${quick[@]}" CURLRETRY_ATTEMPTS=100 curl -sS -w '%{http_code} %{size_download}\n' -D head "$(url 503)" -o out
	assert_status 0
	assert_equal "$output" "503 $(wc -c <out)"
	assert_contains "$(cat out)" "error page"
	assert_equal "$(grep -c HTTP/ head)" 1
	assert_equal "$(events | tail -n 1)" gave_up:budget
	# 20 answers are believed in, twice as many requests go.
	[ "$(ledger path | wc -l)" -ge 38 ] && [ "$(ledger path | wc -l)" -le 46 ] || fail "$(ledger path | wc -l) requests"
}

@test "the same for what no server answers, in both interfaces" {
	local interface port
	port=$(free_port)
	for interface in "" -Z; do
		: >log
		run alone env "${quick[@]}" CURLRETRY_ATTEMPTS=100 curl -sS $interface "http://127.0.0.1:$port/" -o out
		assert_status 7
		assert_equal "$(events | tail -n 1)" gave_up:budget
		[ "$(events | wc -l)" -le 46 ]
	done
}

@test "BUDGET=off and LEDGER=off leave each to itself" {
	for setting in CURLRETRY_BUDGET=off CURLRETRY_LEDGER=off; do
		run alone env "${quick[@]}" CURLRETRY_ATTEMPTS=60 $setting curl -sS "$(url 503 $setting/x)" -o out
		assert_requests 60 "$(key)/$setting"
	done
}

@test "all processes share what is learnt, and those of another name do not" {
	alone env "${quick[@]}" CURLRETRY_ATTEMPTS=100 sh -c 'curl -s -o a "$0"; : >log; export CURLRETRY_ATTEMPTS=2
		curl -s -o b "$0"; curl -s -o b "$0"; curl -s -o b "$0"; mv log shared; CURLRETRY_LEDGER=other curl -s -o c "$0"' "$(url 503)"
	# One may find out whether it answers again; the third program opens an account.
	assert_contains "$(jq -r .why shared)" budget
	assert_equal "$(events)" $'retry\ngave_up:attempts'
}

@test "who waits hears of a recovery: nobody is lost, and they come back as a queue" {
	local request client
	for request in $(seq 40); do
		printf 'url = "%s"\noutput = "/dev/null"\n' "$(url 503,503,503,503,503,503,503,503,503,503,200 "r$request")"
	done >urls
	CURLRETRY_TRACE=$PWD/trace CURLRETRY_LEDGER=on CURLRETRY_LOG=$PWD/log CURLRETRY_LOG_FORMAT=json \
		CURLRETRY_BASE_DELAY=500ms CURLRETRY_ATTEMPTS=9 \
		"$BUILD/curlretry" unshare --ipc curl -sSZ --parallel-max 40 -K urls 2>err 3>&- &
	client=$!
	# The budget is used up.
	until [ "$(ledger path | wc -l)" -ge 50 ]; do sleep 0.05; done
	touch "$STEADY"
	wait "$client" || fail "$(cat err)"
	assert_equal "$(events | grep -c recovered)" 40
	assert_lacks "$(events)" budget
	# Who has waited for a turn says so, in the log and in the trace.
	[ "$(events turn_ms | grep -vc -- -)" -ge 1 ] || fail "nobody has waited for a turn"
	[ "$(jq -r 'select(.turn_ms) | .turn_ms' trace | wc -l)" -ge 1 ]
	rm "$STEADY"
}

@test "an outage that lasts costs a hundred requests, and five a second" {
	local request
	for request in $(seq 60); do
		printf 'url = "%s"\noutput = "/dev/null"\n' "$(url 503 "r$request")"
	done >urls
	alone env CURLRETRY_MAX_TIME=8s CURLRETRY_BASE_DELAY=500ms curl -sSZ --parallel-max 60 -K urls || true
	[ "$(ledger path | wc -l)" -le 140 ] || fail "$(ledger path | wc -l) requests"
	[ "$(ledger path | wc -l)" -ge 80 ]
}

@test "a forked child has its parent's account" {
	CURLRETRY_LEDGER=on alone env "${quick[@]}" CURLRETRY_ATTEMPTS=100 "$BUILD/tests/easy_processes" forks "$(url 503 x)" >out || true
	assert_contains "$(events)" budget
	[ "$(ledger path | wc -l)" -le 60 ]
}
