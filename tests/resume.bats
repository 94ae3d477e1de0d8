#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Downloads that go on where they broke.

load helpers

setup_file() {
	start_server --nginx
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [CURL OPTION]...: into "out".
get() {
	retry curl -sS "$(url "$1")" -o out "${@:2}"
}

# What each request asked for, "-" for the whole.
ranges() {
	"$PYTHON" - "$LEDGER" "/$(key)/" <<'END'
import json, sys
for line in open(sys.argv[1]):
    entry = json.loads(line)
    if sys.argv[2] in entry["path"]:
        print(entry["headers"].get("range", "-"))
END
}

@test "a body that breaks off is continued by a range request" {
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-'
	assert_log resume recovered
	assert_equal "$(events bytes_kept | head -n 1)" 100000
}

@test "it is continued as often as it breaks, if it makes progress" {
	get 200~len=1000000~etag=v1~rst=100000,200~len=1000000~etag=v1~cut=100000
	assert_body out 1000000
	assert_requests 10
}

@test "without progress the attempts run out" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cut=1000,200~len=300000~etag=v1~cut=1)" -o out
	assert_status 18
	assert_requests 5
	assert_log resume resume resume resume gave_up:attempts
}

@test "a Last-Modified older than the response is validator enough" {
	get 200~len=300000~lm=-10~date~cut=100000,200~len=300000~lm=-10~date
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-'
}

@test "a Last-Modified of the same second is not" {
	run retry curl -sS "$(url 200~len=300000~lm=0~date~cut=100000,200~len=300000~lm=0~date)" -o out
	assert_status 18
	assert_requests 1
	assert_log not_retried:delivered
}

@test "a weak ETag is no validator" {
	run retry curl -sS "$(url 200~len=300000~weak=v1~cut=100000,200~len=300000~weak=v1)" -o out
	assert_status 18
	assert_log not_retried:delivered
}

@test "a resource that has changed ends the transfer with the original error, and no byte of it is taken" {
	for answer in 200~len=300000~etag=v1~changed 200~len=300000~etag=v2 206~len=300000~etag=v1~changed 416; do
		run retry curl -sS "$(url "200~len=300000~etag=v1~cut=100000,$answer" "$(enc "$answer")")" -o out
		assert_status 18
		head -c 100000 <(body_of 300000 whole; cat whole) >expected
		assert_files_equal out expected
	done
}

@test "a 206 that is not the part asked for ends the transfer with the original error" {
	for fault in badrange nocr; do
		run retry curl -sS "$(url "200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1~$fault" $fault)" -o out
		assert_status 18
		body_of 300000 whole
		head -c 100000 whole >expected
		assert_files_equal out expected
	done
}

@test "a server that ignores ranges but has the same ETag: what is known is skipped" {
	get 200~len=300000~etag=v1~cut=100000~norange,200~len=300000~etag=v1~norange
	assert_body out 300000
	assert_log resume recovered
}

@test "a 503 and a reset in between are waited out" {
	get 200~len=300000~etag=v1~cut=100000,503~close,rst,200~len=300000~etag=v1
	assert_body out 300000
	assert_log resume resume resume recovered
}

@test "a 503 until the attempts run out is the original error" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cut=100000,503)" -o out
	assert_status 18
	assert_requests 5
	assert_log resume resume resume resume gave_up:attempts
}

@test "the program is shown the first header, and the whole's numbers" {
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 -D head \
		-w '%{http_code} %{size_download} %{num_redirects}' >numbers
	assert_file numbers "200 300000 0"
	assert_equal "$(grep -c HTTP/ head)" 1
	assert_contains "$(head -n 1 head)" 200
}

@test "the program's own range goes on from the sum" {
	retry curl -sS -r 1000- "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	body_of 300000 whole
	tail -c +1001 whole >expected
	assert_files_equal out expected
	assert_equal "$(ranges)" $'bytes=1000-\nbytes=101000-'
}

@test "the program's own stretch ends where it did" {
	retry curl -sS -r 1000-200999 "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	body_of 300000 whole
	tail -c +1001 whole | head -c 200000 >expected
	assert_files_equal out expected
	assert_equal "$(ranges)" $'bytes=1000-200999\nbytes=101000-200999'
}

@test "curl -C - goes on from its own file" {
	body_of 300000 whole
	head -c 50000 whole >out
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 -C -
	assert_files_equal out whole
}

@test "what libcurl decodes is not continued" {
	run retry curl -sS --compressed "$(url 200~len=300000~etag=v1~gz~cut=10000,200~len=300000~etag=v1~gz)" -o out
	[ "$status" -ne 0 ]
	assert_requests 1
	assert_log not_retried:delivered
}

@test "RESUME=off leaves the failure to the program" {
	CURLRETRY_RESUME=off run retry curl -sS "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	assert_status 18
	assert_requests 1
	assert_log not_retried:delivered
}

@test "a POST is not continued" {
	CURLRETRY_METHODS=+POST run retry curl -sS -d x "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	assert_status 18
	assert_requests 1
}

@test "a chunked body is continued" {
	get 200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1~chunked
	assert_body out 300000
}

@test "a redirect leads to the rest again" {
	get 302~to=200%7Elen=300000%7Eetag=v1%7Ecut=100000%2C200%7Elen=300000%7Eetag=v1 -L -w '%{num_redirects}' >redirects
	assert_body out 300000
	assert_file redirects 1
}
