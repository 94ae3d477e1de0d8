#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The server itself, asked by a curl without curlretry: it fails as promised.

load helpers

setup_file() {
	start_server --tls --tls-cut 1 --proxy --proxy-script 503,200 --accept-script rst,ok \
		--late --ftp 421,220 --h2
}

teardown_file() {
	stop_server
}

# get SCRIPT [CURL OPTION]...: into the file out.
get() {
	curl -sS -m 10 -o "$BATS_TEST_TMPDIR/out" "${@:2}" "$(url "$1")"
}

@test "statuses follow the script and the last repeats" {
	for want in 503 429 200 200; do
		assert_equal "$(get 503,429,200 -w '%{http_code}')" $want
	done
	assert_equal "$(ledger number | tr '\n' ' ')" "1 2 3 4 "
	assert_file "$BATS_TEST_TMPDIR/out" "answer 200 /$(key)/x"
}

@test "a steady server gives the last step at once" {
	touch "$STEADY"
	assert_equal "$(get 503,429,200 -w '%{http_code}')" 200
	rm "$STEADY"
	assert_equal "$(get 503,429,200 -w '%{http_code}')" 429
}

@test "bodies are the pattern, whole, chunked and compressed" {
	for script in 200~len=3000000 200~len=3000000~chunked 200~len=3000000~gz 200~len=3000000~eof; do
		get $script --compressed
		assert_body "$BATS_TEST_TMPDIR/out" 3000000
	done
}

@test "cuts and resets come after the byte promised" {
	run get 200~len=70000~cut=60000
	assert_status 18
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/out")" 60000
	run get 200~len=70000~rst=60000
	assert_status 56
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/out")" 60000
	run get 200~len=70000~cutchunked=60000
	assert_status 18
	run get 200~len=100~cut=-1
	assert_status 18
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/out")" 99
	run get 200~len=70000~stall=60000 -m 0.3
	assert_status 28
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/out")" 60000
}

@test "no answer: reset, close, stall, garbage" {
	run get rst
	assert_status 56
	run get close
	assert_status 52
	run get stall -m 0.2
	assert_status 28
	run get garbage
	assert_status 1
	assert_equal "$(ledger answer | tr '\n' ' ')" "rst close stall garbage "
}

@test "Retry-After in seconds, as a date, and as nonsense" {
	get 503~ra=2 -D "$BATS_TEST_TMPDIR/head"
	assert_contains "$(cat "$BATS_TEST_TMPDIR/head")" "Retry-After: 2"
	get 503~ra=date+3 -D "$BATS_TEST_TMPDIR/head"
	assert_contains "$(cat "$BATS_TEST_TMPDIR/head")" " GMT"
	get 503~ra=raw:a%2Cb -D "$BATS_TEST_TMPDIR/head"
	assert_contains "$(cat "$BATS_TEST_TMPDIR/head")" "Retry-After: a,b"
}

@test "redirects and logins use the key's other scripts" {
	assert_equal "$(get "302~to=$(enc 503,200)" -L -w '%{http_code} %{num_redirects}')" "503 1"
	assert_equal "$(get "302~to=$(enc 503,200)" -L -w '%{http_code}')" 200
	assert_equal "$(get 401~digest,503,200 --digest -u user:secret -w '%{http_code}')" 503
	assert_equal "$(get 401~digest,503,200 --digest -u user:secret -w '%{http_code}')" 200
	assert_equal "$(get 401~basic -u user:wrong -w '%{http_code}')" 401
}

@test "request bodies are hashed, whole or as far as they were read" {
	body_of 500000 "$BATS_TEST_TMPDIR/up"
	get 200 -T "$BATS_TEST_TMPDIR/up"
	get 200 -T - <"$BATS_TEST_TMPDIR/up"
	get 503~early -T "$BATS_TEST_TMPDIR/up"
	run get rst~in=100000 -T "$BATS_TEST_TMPDIR/up"
	[ "$status" -ne 0 ]
	assert_equal "$(ledger body_received | tr '\n' ' ')" "500000 500000 0 100000 "
	assert_equal "$(ledger body_sha256 | head -n 2 | uniq -c | awk '{print $2}')" \
		"$(sha256sum <"$BATS_TEST_TMPDIR/up" | cut -d' ' -f1)"
}

@test "ranges are honoured, and misused where told" {
	local ask=(-r 5- -w '%{http_code}')
	assert_equal "$(get 200~len=100~etag=v1 "${ask[@]}")" 206
	assert_files_equal "$BATS_TEST_TMPDIR/out" <(body_of 100 | tail -c +6)
	assert_equal "$(get 200~len=100~etag=v1 -H 'If-Range: "v2"' "${ask[@]}")" 200
	assert_equal "$(get 200~len=100~lm -H 'If-Range: Mon, 01 Jan 2024 00:00:00 GMT' "${ask[@]}")" 206
	assert_equal "$(get 200~len=100~weak=v1 -H 'If-Range: W/"v1"' "${ask[@]}")" 200
	assert_equal "$(get 200~len=100~etag=v1~norange "${ask[@]}")" 200
	assert_equal "$(get 200~len=100~etag=v1 -r 100- -w '%{http_code}')" 416
	assert_equal "$(get 200~lm~changed -H 'If-Range: Mon, 01 Jan 2024 00:00:00 GMT' "${ask[@]}")" 200
	assert_file "$BATS_TEST_TMPDIR/out" "answer 200 /$(key)/x changed"
	get 200~len=100~etag=v1~badrange -r 5- -D "$BATS_TEST_TMPDIR/head"
	assert_contains "$(cat "$BATS_TEST_TMPDIR/head")" "bytes 6-100/100"
	get 200~len=100~etag=v1~nosize~short=20 -r 5- -D "$BATS_TEST_TMPDIR/head"
	assert_contains "$(cat "$BATS_TEST_TMPDIR/head")" "bytes 5-24/*"
	assert_files_equal "$BATS_TEST_TMPDIR/out" <(body_of 100 | tail -c +6 | head -c 20)
}

@test "a mistake in a script is told" {
	assert_equal "$(get 503~nosuch -w '%{http_code}')" 400
	assert_equal "$(get 503~len=x -w '%{http_code}')" 400
}

@test "TLS: the first handshake is cut, and the first of a name" {
	run curl -sS --cacert "$CERT" "$(url 200 x "$TLS_PORT" https)"
	assert_status 35
	curl -sS --cacert "$CERT" "$(url 200 x "$TLS_PORT" https)"
	local named=(curl -sS --cacert "$CERT" --connect-to "::127.0.0.1:$TLS_PORT"
		https://cut1-a.curlretry.test/s/200/n/x)
	run "${named[@]}"
	assert_status 35
	"${named[@]}"
}

@test "the proxy refuses a tunnel, then builds one" {
	local tunnel=(curl -sS -p -x "127.0.0.1:$PROXY_PORT" "$(url 200)")
	run "${tunnel[@]}"
	# Which one differs between libcurl's versions.
	[ "$status" -eq 56 ] || assert_status 7
	assert_contains "$output" 503
	"${tunnel[@]}"
	assert_requests 1
	curl -sS -x "127.0.0.1:$PROXY_PORT" "$(url 200)"
	assert_equal "$(ledger port | tr '\n' ' ')" "http proxy "
}

@test "a port that resets at first, and one that refuses until told" {
	run curl -sS "$(url 200 x "$ACCEPT_PORT")"
	[ "$status" -ne 0 ]
	curl -sS "$(url 200 x "$ACCEPT_PORT")"
	run curl -sS "$(url 200 x "$LATE_PORT")"
	assert_status 7
	touch "$LATE"
	curl -sS --retry 5 --retry-connrefused "$(url 200 x "$LATE_PORT")"
}

@test "FTP: a greeting, a refusal, a cut and a reset, offsets, uploads" {
	# To libcurl a 421 is a time-out.
	run curl -sS "$(url 200 x "$FTP_PORT" ftp)"
	assert_status 28
	local get=(curl -sS -o "$BATS_TEST_TMPDIR/out")
	run "${get[@]}" "$(url 450,200~len=100 x "$FTP_PORT" ftp)"
	assert_status 19
	"${get[@]}" "$(url 450,200~len=100 x "$FTP_PORT" ftp)"
	run "${get[@]}" "$(url 200~len=100~cut=30 x "$FTP_PORT" ftp)"
	assert_status 18
	assert_equal "$(wc -c <"$BATS_TEST_TMPDIR/out")" 30
	run "${get[@]}" "$(url 200~len=100~rst=30 x "$FTP_PORT" ftp)"
	assert_status 56
	"${get[@]}" -r 40- "$(url 200~len=100 x "$FTP_PORT" ftp)"
	assert_files_equal "$BATS_TEST_TMPDIR/out" <(body_of 100 | tail -c +41)
	body_of 50000 "$BATS_TEST_TMPDIR/up"
	curl -sS -T "$BATS_TEST_TMPDIR/up" "$(url 200 up "$FTP_PORT" ftp)"
	assert_equal "$(ledger body_sha256 | tail -n 1)" "$(sha256sum <"$BATS_TEST_TMPDIR/up" | cut -d' ' -f1)"
}

# get2 SCRIPT [CURL OPTION]...: over HTTP/2, from our own side of it.
get2() {
	curl -sS -m 10 --http2-prior-knowledge -o "$BATS_TEST_TMPDIR/out" "${@:2}" "$(url "$1" x "$H2_PORT")"
}

skip_without_http2() {
	[[ $(curl --version) == *HTTP2* ]] || skip "this curl has no HTTP/2"
}

@test "HTTP/2: statuses, bodies both ways, early answers" {
	skip_without_http2
	assert_equal "$(get2 503,200 -w '%{http_code} %{http_version}')" "503 2"
	assert_equal "$(get2 503,200 -w '%{http_code}')" 200
	get2 200~len=3000000
	assert_body "$BATS_TEST_TMPDIR/out" 3000000
	body_of 500000 "$BATS_TEST_TMPDIR/up"
	get2 200 -T "$BATS_TEST_TMPDIR/up"
	assert_equal "$(get2 503~early -T "$BATS_TEST_TMPDIR/up" -w '%{http_code}')" 503
	assert_equal "$(ledger body_received | tail -n 2 | tr '\n' ' ')" "500000 0 "
	curl -sS --cacert "$CERT" -o "$BATS_TEST_TMPDIR/out" "$(url 200~len=3000000 x "$H2TLS_PORT" https)"
	assert_body "$BATS_TEST_TMPDIR/out" 3000000
}

@test "HTTP/2: streams and connections break as promised" {
	skip_without_http2
	local script
	# What libcurl makes of them differs between its versions; that it fails does not.
	for script in rst close refused goaway garbage 200~len=50~cut=20 200~len=50~rst=20 200~len=50~rststream=20; do
		run get2 $script
		[ "$status" -ne 0 ] || fail "$script did not fail"
	done
	get2 200~len=50~goaway
	assert_body "$BATS_TEST_TMPDIR/out" 50
}

@test "nginx in front: statuses pass, cuts become stream errors" {
	skip_without_http2
	skip_without nginx
	start_server --nginx
	local get=(curl -sS --http2-prior-knowledge -o "$BATS_TEST_TMPDIR/out")
	assert_equal "$("${get[@]}" "$(url 503 x "$NGINX_PORT")" -w '%{http_code} %{http_version}')" "503 2"
	assert_equal "$(ledger headers.x-protocol)" HTTP/2.0
	body_of 3000000 "$BATS_TEST_TMPDIR/up"
	"${get[@]}" -T "$BATS_TEST_TMPDIR/up" "$(url 200~len=3000000 x "$NGINXBUF_PORT")"
	assert_body "$BATS_TEST_TMPDIR/out" 3000000
	run "${get[@]}" "$(url 200~len=50~cut=20 x "$NGINX_PORT")"
	# libcurl 7.74 may take it for a partial file.
	[[ $status -eq 18 && $(curl --version) == *libcurl/7.74* ]] || assert_status 92
	stop_server
}

@test "none of this made the server stumble" {
	assert_lacks "$(cat "$SERVER_ERRORS")" Traceback
}
