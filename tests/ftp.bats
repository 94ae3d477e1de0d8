#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Files by FTP that go on where they broke.

load helpers

setup_file() {
	start_server --ftp 220
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# file SCRIPT [NAME]: an FTP URL of this test's.
file() {
	url "$1" "${2:-x}" "$FTP_PORT" ftp
}

# Where each request of the test's began.
offsets() {
	ledger offset | tr '\n' ' ' | sed 's/ $//'
}

# assert_broken LENGTH [NAME]: curl failed as without us, and "out" has what had come.
assert_broken() {
	assert_status 18
	body_of 300000 whole
	head -c "$1" whole >expected
	assert_files_equal out expected
	rm out
}

@test "a file that breaks off goes on from the byte where it broke" {
	retry curl -sS "$(file 200~len=300000~cut=100000,200~len=300000)" -o out
	assert_body out 300000
	# Where the time is not known, with a KiB that is fetched again.
	assert_equal "$(offsets)" "0 98976"
	assert_log resume recovered
	assert_equal "$(events bytes_kept | head -n 1)" 100000
}

@test "a reset of the data, and failures of the control connection in between, are waited out" {
	retry curl -sS "$(file 200~len=300000~rst=100000,close~len=300000,rst~len=300000,200~len=300000)" -o out
	assert_body out 300000
	assert_log resume resume resume recovered
}

@test "it goes on as often as it breaks, if it makes progress" {
	retry curl -sS "$(file "$(printf '200~len=1000000~cut=100000,%.0s' {1..10})200~len=1000000")" -o out
	assert_body out 1000000
	assert_requests 11
	retry curl -sS -R "$(file 200~len=1000000~cut=100000 exactly)" -o out
	assert_body out 1000000
	assert_requests 21
}

@test "without progress the attempts run out, with the original error" {
	run retry curl -sS "$(file 200~len=300000~cut=1000,200~len=300000~cut=1001)" -o out
	assert_broken 1001
	assert_log resume resume resume resume gave_up:attempts
}

@test "a file that came whole, but was not said to be, is whole" {
	retry curl -sS "$(file 200~len=300000~cut=300000,200~len=300000)" -o out
	assert_body out 300000
	assert_log resume recovered
}

@test "the program's own offset goes on from the sum" {
	body_of 300000 whole
	head -c 50000 whole >out
	retry curl -sS -C - "$(file 200~len=300000~cut=100000,200~len=300000)" -o out
	assert_files_equal out whole
	assert_equal "$(offsets)" "50000 148976"
	retry curl -sS -r 1000- "$(file 200~len=300000~rst=100000,200~len=300000 range)" -o tail
	tail -c +1001 whole >expected
	assert_files_equal tail expected
}

@test "a file that has changed ends the transfer with the original error, and no byte of it is taken" {
	for next in 200~len=300000~changed 200~len=300001 200~len=200000 200~len=100000 200~len=99999 550; do
		run retry curl -sS "$(file "200~len=300000~cut=100000,$next" "$(enc "$next")")" -o out
		assert_broken 100000
	done
	run retry curl -sS "$(file 200~len=300000~cut=300000,200~len=300000~changed whole)" -o out
	assert_broken 300000
}

@test "with the time known from the start, it goes on from the byte itself, however young the file" {
	retry curl -sS -R "$(file 200~len=300000~cut=100000~now,200~len=300000~now)" -o out
	assert_body out 300000
	assert_equal "$(offsets)" "0 100000"
}

@test "a file that may have changed since is not gone on with: it is younger than the transfer by less than a day" {
	run retry curl -sS "$(file 200~len=300000~cut=100000,200~len=300000~now)" -o out
	assert_broken 100000
	assert_log resume gave_up:permanent
}

@test "a file of another content is not gone on with, though its time is the same and old" {
	run retry curl -sS "$(file 200~len=300000~cut=100000,200~len=300000~seed=other)" -o out
	assert_broken 100000
}

@test "where the size or the time cannot be known, or the server knows no offsets, it does not go on" {
	run retry curl -sS "$(file "200~len=300000~nosize~cut=100000,200~len=300000" first)" -o out
	assert_broken 100000
	assert_log not_retried:delivered
	rm log
	run retry curl -sS -R "$(file "200~len=300000~nomdtm~cut=100000,200~len=300000" first-time)" -o out
	assert_broken 100000
	assert_log not_retried:delivered
	for next in nosize nomdtm norange; do
		run retry curl -sS "$(file "200~len=300000~cut=100000,200~len=300000~$next" then-$next)" -o out
		assert_broken 100000
	done
}

@test "what is not a plain file is not continued" {
	for options in "-Q NOOP" "-Q -NOOP" "-r 0-299999"; do
		rm -f log
		# shellcheck disable=SC2086 # options
		run retry curl -sS $options "$(file 200~len=300000~rst=100000,200~len=300000 "${options// /}")" -o out
		[ "$status" -ne 0 ]
		assert_equal "$(stat -c %s out)" 100000 "size with $options"
		assert_equal "$(events event)" not_retried
	done
	rm log
	run retry curl -sS -B "$(file "200~len=300000~rst=100000,200~len=300000")" -o out
	run retry curl -sS "$(file "200~len=300000~rst=100000,200~len=300000" "y;type=a")" -o out
	assert_log not_retried:delivered not_retried:delivered
}

@test "RESUME=off leaves the failure to the program" {
	CURLRETRY_RESUME=off run retry curl -sS "$(file 200~len=300000~cut=100000,200~len=300000)" -o out
	assert_broken 100000
	assert_log not_retried:delivered
}

@test "the program is shown one transfer, and nothing that it has not asked for" {
	retry curl -sS "$(file 200~len=300000~cut=100000,200~len=300000 a)" -o out -D with \
		-w '%{http_code} %{size_download} %{num_connects}\n' >numbers
	curl -sS "$(file 200~len=300000 b)" -o out -D without \
		-w '%{http_code} %{size_download} %{num_connects}\n' >expected
	sed -i 's/|||[0-9]*|/|||N|/' with without
	assert_files_equal with without
	assert_equal "$(cut -d ' ' -f 1,2 numbers)" "$(cut -d ' ' -f 1,2 expected)"
}

@test "a program that asks for the time is given it, and the reply" {
	retry curl -sS -R "$(file 200~len=300000~cut=100000,200~len=300000)" -o out -D head
	assert_body out 300000
	assert_equal "$(date -u -r out +%F)" 2024-01-01
	assert_contains "$(cat head)" "213 20240101000000"
}

@test "files by a wildcard: what the program has been told of is not told again" {
	retry "$BUILD/tests/easy_results" wildcard "$(file 200~len=10 '*')" >out
	assert_file out "code=0 bytes=10 chunks=1"
	retry "$BUILD/tests/easy_results" wildcard "$(file rst,200~len=10 '*')" >out
	assert_contains "$(cat out)" "bytes=0 chunks=1"
	assert_lacks "$(cat out)" "code=0"
	assert_log not_retried:delivered
	retry -n 2 "$BUILD/tests/easy_results" wildcard "ftp://127.0.0.1:1/*" >out
	assert_log not_retried:delivered retry gave_up:attempts
}

# dialogue [COMMAND]...: the server's lines that curl is given of two files, one in a folder, and of one that is refused.
dialogue() {
	local script=200~len=1000~nomdtm
	"$@" curl -sS "$(file $script a)" "$(file $script b/c)" "$(file $script b/d)" -o out -o out -o out -D - |
		sed 's/|||[0-9]*|/|||N|/'
	"$@" curl -s "$(file $script refused/e)" -D -
}

@test "a server that refuses to tell the time shows the program no reply more, and all that it has asked for" {
	dialogue retry >with || true
	dialogue >without || true
	assert_contains "$(cat without)" 502
	assert_files_equal with without
}

@test "an upload that the server refuses for now is sent again where UPLOAD_FAILED is said to be transient" {
	body_of 100000 body
	run retry curl -sS -T body "$(file 450,200)"
	assert_status 25
	assert_log
	CURLRETRY_ON_ERROR=+UPLOAD_FAILED retry curl -sS -T body "$(file 450,452,200 again)"
	assert_requests 4
	assert_equal "$(ledger body_sha256 | tail -n 1)" "$(sha256sum <body | cut -d ' ' -f 1)"
	assert_log retry retry recovered
}

@test "an upload that is to be appended is not sent again, transient or not" {
	body_of 100000 body
	CURLRETRY_ON_ERROR=+UPLOAD_FAILED run retry curl -sS -a -T body "$(file 450,200)"
	assert_status 25
	assert_requests 1
	assert_log not_retried:method
}

@test "commands that were carried out are not sent again for want of a data connection" {
	local options

	echo x >x
	for options in "-Q NOOP" "-a -T x" "-Q NOOP -T x" "-Q -NOOP"; do
		rm -f log; : >"$LEDGER"
		# shellcheck disable=SC2086  # options
		run retry curl -sS $options "$(file 200 nodata/x)" -o out
		assert_status 7
		assert_requests 1
		assert_log not_retried:method
	done
	# Of a plain download and upload they do no harm.
	for options in "" "-T x"; do
		rm -f log; : >"$LEDGER"
		# shellcheck disable=SC2086  # options
		CURLRETRY_ATTEMPTS=2 run retry curl -sS $options "$(file 200 nodata/x)" -o out
		assert_status 7
		assert_requests 2
	done
}

@test "nor on a connection that is used again, whose greeting was long ago" {
	echo x >x
	run retry curl -sS "$(file 200~len=5)" -o out -Q NOOP "$(file 200 nodata/x)" -o out
	assert_requests 2
	assert_equal "$(events event:why | tail -n 1)" not_retried:method
}

@test "commands are sent again where the server was not reached" {
	run retry curl -sS -Q NOOP "$(url 200 x "$(free_port)" ftp)" -o out
	assert_status 7
	assert_log retry retry retry retry gave_up:attempts
}
