#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Forms with a part whose callback cannot seek: curl_mime_data_cb without a seek function.

load helpers

setup_file() {
	export CURLRETRY_METHODS=+POST
	start_server --h2
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# mime SCENARIO SCRIPT [SIZE]: what the client prints goes to "out".
mime() {
	retry "$BUILD/tests/mime" "$1" "$(url "$2" "$1")" ${3:+"$3"} >out
}

# assert_alike N: the bodies of the test's requests, so many complete ones, are identical.
assert_alike() {
	paste <(ledger complete) <(ledger body_sha256) | grep ^true >bodies
	assert_equal "$(wc -l <bodies)" "$1" "complete requests"
	assert_equal "$(sort -u bodies | wc -l)" 1 "different bodies"
}

@test "the form is sent again, and the program is not asked again" {
	for scenario in form sized nested; do
		mime $scenario 503~close,rst,200
		assert_contains "$(cat out)" "code=0 status=200"
		assert_contains "$(cat out)" "given=3000"
	done
	assert_log retry retry recovered retry retry recovered retry retry recovered
	assert_requests 9
}

@test "every attempt's body is identical" {
	mime form 503,rst,502,200 500000
	assert_contains "$(cat out)" "code=0 status=200"
	assert_alike 4
}

@test "as far as UPLOAD_BUFFER goes" {
	CURLRETRY_UPLOAD_BUFFER=100000 mime form 503,200 100000
	assert_contains "$(cat out)" "status=200"
	CURLRETRY_UPLOAD_BUFFER=100000 mime sized 503,200 100001
	assert_contains "$(cat out)" "status=503"
	assert_log retry recovered not_retried:body
}

@test "a refusal before the body was read leaves the rest of it for the next attempt" {
	mime form 503~early~noexpect,200 20000000
	assert_contains "$(cat out)" "code=0 status=200"
	assert_contains "$(cat out)" "given=20000000"
	assert_log retry recovered
}

@test "a reset within the body" {
	mime form rst~in=100000,200 500000
	assert_contains "$(cat out)" "code=0 status=200"
	assert_alike 1
}

@test "a redirect that keeps the method sends it again, also in the second attempt" {
	mime form 307~to=503%2C200
	assert_contains "$(cat out)" "code=0 status=200"
	assert_log retry recovered
	assert_alike 4
}

@test "over HTTP/2" {
	curl --version | grep -qw HTTP2 || skip "this libcurl knows no HTTP/2"
	HTTP2=yes retry "$BUILD/tests/mime" form "$(url 503,200 h2 "$H2_PORT")" 100000 >out
	assert_contains "$(cat out)" "code=0 status=200"
	assert_alike 2
}

@test "without a failure everything is as without us" {
	for scenario in form sized reused aborting multi pausing nested duplicate duplicates-in-threads old-form; do
		mime $scenario 200
		"$BUILD/tests/mime" $scenario "$(url 200 "without-$scenario")" >expected
		assert_files_equal out expected
	done
	assert_log
}

@test "to the next transfer the stream is consumed, retried or not" {
	mime reused 503,200
	assert_equal "$(sed -n 2p out)" "code=65 status=0"
	assert_requests 2
}

@test "a callback's abort is the program's and never retried" {
	mime aborting 503,200
	assert_contains "$(cat out)" code=42
	assert_log
}

@test "a callback that pauses is sent again" {
	mime pausing 503,200
	assert_contains "$(cat out)" "status=200"
	assert_alike 2
}

@test "what a copy of the handle may share is not kept" {
	mime duplicate 503,200
	assert_equal "$(head -n 2 out)" $'code=0 status=503\ngiven=3000 asked=4 freed=1'
	assert_equal "$(tail -n 2 out)" $'code=0 status=200\ngiven=3000 asked=8 freed=2'
	assert_log not_retried:body
}

@test "in a multi handle it is kept, where it is the only form" {
	mime multi 503,rst,200
	assert_equal "$(cat out)" $'status=200\ngiven=3000 asked=4 freed=1'
	assert_log retry retry recovered
	assert_alike 3
}

@test "of several forms at once in a multi handle none is" {
	mime two-in-multi 503,200
	assert_equal "$(grep -c status=503 out)" 2
	assert_log not_retried:body not_retried:body
}

@test "an old form's stream is not kept" {
	mime old-form 503,200
	assert_contains "$(cat out)" status=503
	assert_log not_retried:body
}

@test "eight threads, each with forms of its own" {
	mime threads 503,200
	assert_file out wrong=0
	assert_equal "$(events event | sort | uniq -c | tr -s ' ')" $' 160 recovered\n 160 retry'
}

@test "switched off, it is as without us" {
	CURLRETRY_MODE=off mime form 503,200
	assert_contains "$(cat out)" "code=0 status=503"
	assert_log
	CURLRETRY_MODE=observe mime sized 503,200
	assert_contains "$(cat out)" "code=0 status=503"
	assert_log not_retried:observe
}

@test "curl -F from a pipe is sent whole, once" {
	run retry curl -sS -F "file=@"<(echo content) "$(url 503,200)" -o out -w '%{http_code}'
	assert_equal "$output" 503
	assert_requests 1
	assert_log not_retried:body
}

@test "curl -F from standard input is sent again" {
	head -c 300000 /dev/zero | retry curl -sS -F file=@- "$(url 503,200)" -o out
	assert_alike 2
	assert_log retry recovered
}
