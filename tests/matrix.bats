#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every fault by every kind of request over every protocol. What shall come of each is told in tests/matrix/table.

load helpers

setup_file() {
	export TABLE=$REPO/tests/matrix/table
	start_server --h2 --tls --accept-script rst
	body_of 60000 "$BATS_FILE_TMPDIR/body"
	body_of 12000 "$BATS_FILE_TMPDIR/answer"
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	curl --version | grep -qw HTTP2 || skip "this libcurl knows no HTTP/2"
}

matrix() {
	"$PYTHON" -B "$REPO/tests/matrix/matrix.py" "$@"
}

# run_matrix STYLE: every cell of the table at once.
run_matrix() {
	matrix cells "$TABLE" "$1" >lines
	retry "$BUILD/tests/matrix" "$1" "$BATS_FILE_TMPDIR/body" "$BATS_FILE_TMPDIR/answer" <lines >out
	matrix check "$TABLE" "$1" out "$LEDGER" log >differences || fail "$(cat differences)"
}

@test "the fault matrix, by curl_easy_perform" {
	run_matrix easy
}

@test "the fault matrix, by curl_multi_perform" {
	run_matrix multi
}

@test "the fault matrix, by curl_multi_socket_action" {
	run_matrix socket
}
