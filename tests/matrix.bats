#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Every fault by every kind of request over every protocol. What shall come of each is told in tests/matrix/table.

load helpers

setup_file() {
	export TABLE=$REPO/tests/matrix/table
	start_server --h2 --tls --accept-script rst --tls-buffer 4096
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

@test "the fault matrix where nothing is held, by curl_easy_perform" {
	CURLRETRY_HOLD=0 run_matrix easy
}

@test "the fault matrix where nothing is held, by curl_multi_perform" {
	CURLRETRY_HOLD=0 run_matrix multi
}

@test "the fault matrix where all is held, by curl_easy_perform" {
	CURLRETRY_HOLD=1GiB run_matrix easy
}

@test "the fault matrix where all is held, by curl_multi_socket_action" {
	CURLRETRY_HOLD=1GiB run_matrix socket
}

@test "a POST that stalls half sent on a TLS connection that was used before is not sent again" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import os, pycurl, socket, sys
		def narrow(purpose, address):
		    sock = socket.socket(*address[:3])
		    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
		    return sock
		curl = pycurl.Curl()
		curl.setopt(pycurl.CAINFO, os.environ["CERT"])
		curl.setopt(pycurl.OPENSOCKETFUNCTION, narrow)
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.perform()
		curl.setopt(pycurl.URL, sys.argv[2])
		curl.setopt(pycurl.TIMEOUT_MS, 1000)
		curl.setopt(pycurl.POSTFIELDS, "x" * 60000)
		try:
		    curl.perform()
		except pycurl.error as error:
		    print(error.args[0], curl.getinfo(pycurl.NUM_CONNECTS))
	END
	retry "$PYTHON" program.py "$(url 200 first "$TLS_PORT" https)" "$(url stall,200 second "$TLS_PORT" https)" >out
	assert_file out "28 0"
	assert_log not_retried:method
	assert_requests 2
}
