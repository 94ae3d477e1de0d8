# SPDX-License-Identifier: MIT
#
# The stock curl, unchanged, against a server that fails first: what it prints, writes, sends and
# returns is that of the one attempt that counts.

load helpers

setup_file() {
	start_server --tls --tls-cut 1 --proxy --proxy-script 503,200,503,200,407,403,502,502 --late \
		--accept-script rst,close,ok --ftp 220 --nginx
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [OPTION]...: curl under curlretry, for this test's URL.
get() {
	retry curl -sS "$(url "$1")" "${@:2}"
}

# answer [NAME]: the body of a 200 under this test's URL.
answer() {
	printf 'answer 200 /%s/%s' "$(key)" "${1:-x}"
}

# --- where the output goes ---

@test "a file holds the answer and nothing of the failures before" {
	get 503,503,200 -o out
	assert_file out "$(answer)"
	assert_requests 3
	assert_log retry retry recovered
}

@test "a pipe carries the answer and nothing of the failures before" {
	get 503,503,200~len=100000 | cat >out
	assert_body out 100000
}

@test "standard output of curl itself, no write callback and no file, is the answer" {
	get 503,rst,200~len=1000 >out
	assert_body out 1000
}

@test "-i prints the headers of the last attempt, in order, before its body" {
	get 503,200 -i >out
	assert_equal "$(head -n 1 out | tr -d '\r')" "HTTP/1.1 200 OK"
	assert_equal "$(grep -c HTTP/ out)" 1
	assert_lacks "$(cat out)" "X-Page"
	assert_equal "$(tail -n 1 out)" "$(answer)"
}

@test "-D writes the last attempt's headers once" {
	get 503,503,200 -D head -o out
	assert_equal "$(grep -c HTTP/ head)" 1
	assert_lacks "$(cat head)" "X-Page"
	assert_file out "$(answer)"
}

@test "a header of many lines arrives whole" {
	local many
	many=$(printf '~h=X-%s:with-a-value-of-fifty-bytes-or-so-that-adds-up-here' {1..150})
	retry curl -sS "$(url "503$many,200$many~len=9000")" -D head -o out
	assert_body out 9000
	assert_equal "$(grep -c '^X-[0-9]*: with' head)" 150
	assert_equal "$(wc -l <./head)" "$(curl -sSI "$(url "200$many~len=9000" y)" | wc -l)"
	assert_log retry recovered
}

@test "a header's lines may end in CR CR LF: where it ends for libcurl, it ends for us" {
	curl -sS -I "$(url 200~crcr plain)" -o out 2>errors || skip "this libcurl takes no such line: $(cat errors)"
	retry curl -sS -I "$(url 200~crcr)" -o out
	assert_requests 2
	retry curl -sSL "$(url 302~crcr~len=0~to=503%2C200)" -D head -o out
	assert_file out "$(answer)"
	assert_equal "$(grep ^HTTP/ head | tr -d '\r')" $'HTTP/1.1 302 Found\nHTTP/1.1 200 OK'
	assert_log retry recovered
}

@test "-D - and the body share a pipe" {
	get 503,200 -D - | cat >out
	assert_equal "$(grep -c HTTP/ out)" 1
	assert_equal "$(tail -n 1 out)" "$(answer)"
}

@test "-I is retried, and its Content-Length is not waited for" {
	get 503~len=500,200~len=5000 -I >out
	assert_contains "$(cat out)" "Content-Length: 5000"
	assert_equal "$(grep -c HTTP/ out)" 1
	assert_equal "$(ledger method | sort | uniq -c | tr -s ' ')" " 2 HEAD"
}

@test "-f is retried on a transient status and then succeeds" {
	get 503,503,200 -f -o out
	assert_file out "$(answer)"
	assert_requests 3
}

@test "-f ends with status 22 and no body when every attempt failed" {
	CURLRETRY_ATTEMPTS=3 run get 503 -f -o out
	assert_status 22
	assert_requests 3
	[ ! -s out ]
	assert_log retry retry gave_up:attempts
}

@test "-f on a status that is not transient fails at once" {
	run get 404 -f
	assert_status 22
	assert_requests 1
}

@test "--fail-with-body shows the last attempt's page and ends with status 22" {
	[[ $(curl --help all) == *--fail-with-body* ]] || skip "this curl has no --fail-with-body"
	CURLRETRY_ATTEMPTS=2 run get 503 --fail-with-body -o out
	assert_status 22
	assert_file out "error page 2 503 /$(key)/x"
}

@test "the last attempt's error page streams through" {
	CURLRETRY_ATTEMPTS=3 get 503~len=200000 -o out -w '%{http_code}\n' >code
	assert_file code 503
	assert_body out 200000
	assert_requests 3
}

@test "-w tells of the last attempt as if there had been no other" {
	local format='%{http_code} %{num_redirects} %{size_download} %{size_header} %{size_request}
%{content_type} %{method} %{exitcode} %{errormsg} %{http_version} %{scheme} %{response_code}\n'
	get 503~len=999,200~len=1000 -o out -w "$format" >failed
	curl -sS "$(url 503~len=999,200~len=1000)" -o out -w "$format" >clean
	assert_files_equal failed clean
}

@test "-O and -J take the name from the last attempt's header" {
	get "503~h=Content-Disposition:attachment;%20filename=wrong,200~h=Content-Disposition:attachment;%20filename=right" -OJ
	assert_file right "$(answer)"
	[ ! -e wrong ]
}

@test "--etag-save saves the last attempt's" {
	get 503~etag=bad,200~etag=good --etag-save etag -o out
	assert_file etag '"good"'
}

@test "a failed attempt's cookies are taken back however many they are, and with blanks around their names" {
	local failed=503~h=Set-Cookie:%20blank%09%20%3D1 long
	long=$(printf 'n%.0s' {1..60})
	for i in {1..20}; do
		failed+=~cookie=$long$i:1
	done
	get "$failed,200" -b none -o out
	assert_equal "$(ledger headers.cookie)" $'-\n-'
}

@test "-T - sends what is left of standard input, and the same again" {
	body_of 200000 body
	{
		head -c 1000 >/dev/null
		get 503,rst~in=70000,200 -T - -o out
	} <body
	assert_equal "$(ledger body_received)" $'199000\n70000\n199000'
	assert_equal "$(ledger body_sha256 | sed -n '3p')" "$(tail -c +1001 body | sha256sum | cut -d ' ' -f 1)"
}

@test "-c keeps the cookies of the last attempt only" {
	get 503~cookie=failed:1,200~cookie=good:2 -c jar -o out
	assert_equal "$(grep -o 'failed\|good' jar)" good
	assert_equal "$(ledger headers.cookie | sort -u)" -
}

@test "-b FILE -c JAR: what the file had is sent in each attempt, and kept" {
	printf '127.0.0.1\tFALSE\t/\tFALSE\t2147483647\t%s\n' $'login\tsecret' $'other\tkeep' >cookies
	get 503~cookie=login:failed,503~cookie=other:%3B%20Max-Age=0,200~cookie=good:2 -b cookies -c jar -o out
	assert_equal "$(ledger headers.cookie | sed 's/; /\n/' | sort | uniq -c | tr -s ' ')" $' 3 login=secret\n 3 other=keep'
	assert_equal "$(grep -v '^# \|^$' jar | cut -f 6,7 | sort)" $'good\t2\nlogin\tsecret\nother\tkeep'
}

@test "--compressed decodes the answer, and a compressed error page leaves nothing behind" {
	skip_without_feature libz
	get 503~gz~len=3000,200~gz~len=5000 --compressed -o out
	assert_body out 5000
}

@test "chunks and trailers arrive, trailers once" {
	get 503~trailer~len=500,200~trailer~len=20000 -D head -o out
	assert_body out 20000
	assert_equal "$(grep -c X-Trailer: head)" 1
}

@test "an answer without a length ends with its connection" {
	get 503~eof~len=500,200~eof~len=20000 -o out
	assert_body out 20000
	assert_requests 2
}

@test "interim answers are shown with the last attempt only" {
	get 503~103,200~103 -D head -o out
	assert_equal "$(grep HTTP/ head | tr -d '\r')" $'HTTP/1.1 103 Early Hints\nHTTP/1.1 200 OK'
}

@test "several URLs are several transfers" {
	retry curl -sS "$(url 503,200 a)" -o a "$(url 503,200 b)" -o b "$(url 200 c)" -o c
	assert_file a "$(answer a)"
	assert_file b "$(answer b)"
	assert_file c "$(answer c)"
	assert_log retry recovered retry recovered
}

# --- connections ---

@test "a short error page is drained and its connection kept" {
	get 503~len=60000,503~len=1000,200 -o out
	assert_file out "$(answer)"
	assert_equal "$(ledger conn | sort -u | wc -l)" 1
}

@test "a long error page is cut off, and retried all the same" {
	get 503~len=50000000~pace=65536:5,200 -o out
	assert_file out "$(answer)"
	assert_requests 2
	assert_log retry recovered
	assert_equal "$(events error)" $'-\n-'
}

@test "an endless error page, chunked, is cut off too" {
	get 503~chunked~len=50000000~pace=65536:5,200 -o out
	assert_file out "$(answer)"
	assert_requests 2
}

@test "an error page that breaks in the middle is retried" {
	get 503~len=5000~cut=100,503~len=5000~rst=0,200 -o out
	assert_file out "$(answer)"
	assert_requests 3
}

# --- redirects, rounds, proxies ---

@test "-L: redirects with a 503 behind each, then the answer: each block once" {
	get 302~to=503%2C302%7Eto=503%252C200 -L -D head -o out
	assert_file out "$(answer)"
	assert_equal "$(grep HTTP/ head | tr -d '\r')" $'HTTP/1.1 302 Found\nHTTP/1.1 302 Found\nHTTP/1.1 200 OK'
	assert_log retry retry recovered
}

@test "-L: a 503 before the redirect" {
	get 503,302~to=200 -L -D head -o out -w '%{num_redirects}\n' >redirects
	assert_file redirects 1
	assert_file out "$(answer)"
	assert_equal "$(grep HTTP/ head | tr -d '\r')" $'HTTP/1.1 302 Found\nHTTP/1.1 200 OK'
}

@test "without -L a redirect is the answer" {
	get 302~to=200 -w '%{http_code}' -o out >code
	assert_file code 302
	assert_requests 1
}

@test "-L: a relative redirect is followed from the start in each attempt" {
	get "302~h=Location:y" -L -o out || true
	retry curl -sS -L "$(url 302~to=503%2C200%7Elen=777)" -o out
	assert_body out 777
	assert_log retry recovered
}

@test "-L: a POST that became a GET by 303 is not sent again" {
	run get 303~to=503%2C200 -L -d x -w '%{http_code}' -o out
	assert_equal "$output" 503
	assert_equal "$(ledger method)" $'POST\nGET'
	assert_log not_retried:method
}

@test "-L: a PUT, POST or DELETE whose 303 led to a body that broke off is not sent again for the rest of it" {
	local cut=200%7Elen=300000%7Eetag=v1%7Ecut=100000%2C200%7Elen=300000%7Eetag=v1
	for method in PUT POST DELETE; do
		CURLRETRY_METHODS=+POST run retry curl -sS -L -X $method -d x "$(url 303~to=$cut $method/x)" -o out
		assert_status 18
		assert_equal "$(ledger method "$(key)/$method" | head -n 1)" $method
		assert_requests 2 "$(key)/$method"
		assert_equal "$(ledger headers.range "$(key)/$method" | sort -u)" -
	done
	assert_log not_retried:delivered not_retried:delivered not_retried:delivered
}

@test "-L: a GET by 303 from a PUT, -T, and from a POST, -d, likewise" {
	local cut=200%7Elen=300000%7Eetag=v1%7Ecut=100000%2C200%7Elen=300000%7Eetag=v1
	echo body >body
	run retry curl -sS -L -T body "$(url 303~to=$cut put/x)" -o out
	assert_status 18
	assert_equal "$(ledger method "$(key)/put")" $'PUT\nGET'
	CURLRETRY_METHODS=+POST run retry curl -sS -L -d x "$(url 303~to=$cut post/x)" -o out
	assert_status 18
	assert_equal "$(ledger method "$(key)/post")" $'POST\nGET'
	assert_log not_retried:delivered not_retried:delivered
}

@test "--digest: a 503 behind the 401 round is retried" {
	get 401~digest,503,200 --digest -u user:secret -D head -o out
	assert_file out "$(answer)"
	# The second attempt knows the nonce: it has no 401 to show.
	assert_equal "$(grep HTTP/ head | tr -d '\r')" "HTTP/1.1 200 OK"
	assert_log retry recovered
}

@test "--digest: the 401 round that follows a 503 is shown" {
	get 503,401~digest,200 --digest -u user:secret -D head -o out
	assert_file out "$(answer)"
	assert_equal "$(grep HTTP/ head | tr -d '\r')" $'HTTP/1.1 401 Unauthorized\nHTTP/1.1 200 OK'
	assert_log retry recovered
}

@test "a 401 for good is never retried" {
	run get 401~digest --digest -u user:wrong -w '%{http_code}' -o out
	assert_equal "$output" 401
	assert_log
}

@test "-x: a plain request through a proxy is retried" {
	get 503,200 -x "http://127.0.0.1:$PROXY_PORT" -o out
	assert_file out "$(answer)"
	assert_equal "$(ledger port | sort -u)" proxy
	assert_requests 2
}

@test "-x: a CONNECT that the proxy answers 503 first is retried, whatever the method" {
	get 200 -p -x "http://127.0.0.1:$PROXY_PORT" -D head -o out
	assert_file out "$(answer)"
	assert_log retry recovered
	assert_equal "$(events status | head -n 1)" 503
	assert_lacks "$(cat head)" " 503 "
	get 200 -p -x "http://127.0.0.1:$PROXY_PORT" -d x -o out
	assert_file out "$(answer)"
	assert_log retry recovered retry recovered
}

@test "-x: a CONNECT that ends in 407 or 403 is never retried" {
	for status in 407 403; do
		run get 200 -p -x "http://127.0.0.1:$PROXY_PORT" -w '%{http_connect}' -o out
		# RECV_ERROR, in newer versions COULDNT_CONNECT.
		[ "$status" -eq 56 ] || assert_status 7
		assert_contains "$output" $status
	done
	assert_requests 0
	assert_log
}

@test "-x: a CONNECT that keeps failing is given up with curl's own error" {
	CURLRETRY_ATTEMPTS=2 run get 200 -p -x "http://127.0.0.1:$PROXY_PORT" -o out
	[ "$status" -eq 56 ] || assert_status 7
	assert_contains "$output" "502"
	assert_log retry gave_up:attempts
}

# --- methods and bodies ---

@test "a POST is not sent again after a 503" {
	get 503,200 -d x -o out
	assert_file out "error page 1 503 /$(key)/x"
	assert_requests 1
	assert_log not_retried:method
}

@test "a POST without a body, by -X, is not sent again either" {
	get 503,200 -X POST -o out
	assert_requests 1
	assert_log not_retried:method
}

@test "a PATCH by -X with data is not sent again" {
	get 503,200 -X PATCH -d x -o out
	assert_requests 1
	assert_log not_retried:method
	assert_equal "$(events method)" PATCH
}

@test "a POST is not sent again after a reset" {
	run get rst,200 -d x -o out
	assert_status 56
	assert_requests 1
	assert_log not_retried:method
}

@test "a POST to a port that refuses is sent again until one listens" {
	(
		until [ -s log ]; do sleep 0.005; done
		touch "$LATE"
	) 3>&- &
	CURLRETRY_ATTEMPTS=50 retry curl -sS "$(url 200 x "$LATE_PORT")" -d data -o out
	wait
	assert_file out "$(answer)"
	assert_requests 1
	assert_equal "$(ledger body_received)" 4
	assert_equal "$(events error | head -n 1)" CURLE_COULDNT_CONNECT
	assert_equal "$(events | tail -n 1)" recovered
}

@test "DELETE, PUT with data and OPTIONS are sent again, identical" {
	for method in DELETE PUT OPTIONS; do
		retry curl -sS "$(url 503,200 $method)" -X $method -d "for $method" -o out
		assert_file out "$(answer $method)"
	done
	assert_equal "$(ledger method | uniq -c | tr -s ' ')" $' 2 DELETE\n 2 PUT\n 2 OPTIONS'
	assert_equal "$(ledger body_sha256 | uniq -c | awk '{ print $1 }')" $'2\n2\n2'
}

@test "-T is sent again, whole and identical" {
	body_of 3000000 body
	get 503,503,200 -T body -o out
	assert_file out "$(answer)"
	assert_equal "$(ledger body_sha256 | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
	assert_equal "$(ledger method | sort -u)" PUT
	assert_requests 3
}

@test "-T whose connection breaks in the middle of the body is sent again from its start" {
	body_of 3000000 body
	get rst~in=100000,200 -T body -o out
	assert_file out "$(answer)"
	assert_equal "$(ledger body_sha256 | tail -n 1)" "$(sha256sum body | cut -d ' ' -f 1)"
	assert_log retry recovered
}

@test "-T from a pipe is sent again as far as UPLOAD_BUFFER goes" {
	body_of 200000 body
	get 503,200 -T - -o out < <(cat body)
	assert_file out "$(answer)"
	assert_equal "$(ledger body_sha256 | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
	CURLRETRY_UPLOAD_BUFFER=64KiB retry curl -sS -T - "$(url 503,200 b)" -o out < <(cat body)
	assert_file out "error page 1 503 /$(key)/b"
	assert_log retry recovered not_retried:body
}

@test "-T to a port that refuses is sent again" {
	local port
	port=$(free_port)
	head -c 1000 /dev/zero >body
	CURLRETRY_ATTEMPTS=3 run retry curl -sS -T body "http://127.0.0.1:$port/x"
	assert_status 7
	assert_log retry retry gave_up:attempts
}

@test "-T whose 100-continue was refused by a 503 has read nothing and is sent again" {
	head -c 2000000 /dev/zero >body
	get 503~early~noexpect~close,200 -T body -H "Expect: 100-continue" -o out
	assert_file out "$(answer)"
	assert_requests 2
	assert_equal "$(ledger body_received | tail -n 1)" 2000000
	assert_log retry recovered
}

@test "-T from standard input goes out whole, once" {
	head -c 300000 /dev/zero | get 200 -T - -o out
	assert_equal "$(ledger body_received)" 300000
}

@test "a multipart form is sent whole and identical when POST is allowed" {
	CURLRETRY_METHODS=+POST get 503,200 -F a=1 -F "f=@$REPO/LICENSE" -o out
	assert_file out "$(answer)"
	assert_equal "$(ledger body_sha256 | sort -u | wc -l)" 1
	assert_requests 2
}

# --- how a connection can fail ---

@test "a reset and a close before the answer are retried" {
	get rst,close,200 -o out
	assert_file out "$(answer)"
	assert_requests 3
	assert_equal "$(events error | paste -sd,)" CURLE_RECV_ERROR,CURLE_GOT_NOTHING,-
}

@test "connections closed before anything is read are retried" {
	retry curl -sS "$(url 200 x "$ACCEPT_PORT")" -o out
	assert_file out "$(answer)"
	assert_log retry retry recovered
}

@test "headers that break off are retried" {
	get 200~cut=h30,200~rst=h20,200 -o out -D head
	assert_file out "$(answer)"
	assert_equal "$(grep -c HTTP/ head)" 1
	assert_requests 3
}

@test "a body cut before its first byte is retried" {
	get 200~len=5000~cut=0,200~len=5000 -o out
	assert_requests 2
	assert_body out 5000
}

@test "a body cut after bytes were handed over is not retried" {
	run get 200~len=100000~cut=60000,200~len=100000 -o out
	assert_status 18
	assert_requests 1
	assert_equal "$(wc -c <out)" 60000
	assert_log not_retried:delivered
}

@test "a stall is ended by --max-time, and retried with the whole time" {
	get stall,200 --max-time 0.3 -o out
	assert_file out "$(answer)"
	assert_equal "$(events error | head -n 1)" CURLE_OPERATION_TIMEDOUT
	assert_requests 2
}

@test "what is no HTTP is not retried" {
	run get garbage,200
	[ "$status" -ne 0 ]
	assert_requests 1
}

@test "a handshake that is cut off is retried" {
	skip_without_feature SSL
	retry curl -sS --cacert "$CERT" "$(url 200 x "$TLS_PORT" https)" -d x -o out
	assert_file out "$(answer)"
	assert_equal "$(events error | head -n 1)" CURLE_SSL_CONNECT_ERROR
	assert_log retry recovered
}

@test "a certificate that does not verify is never retried" {
	skip_without_feature SSL
	run retry curl -sS "$(url 200 x "$TLS_PORT" https)"
	# A machine without any certificates: SSL_CACERT_BADFILE.
	[ "$status" -eq 77 ] || assert_status 60
	assert_log
}

@test "a name that does not resolve is retried, and curl's status is its own" {
	CURLRETRY_ATTEMPTS=3 run retry curl -sS http://nothing.invalid/
	assert_status 6
	assert_log retry retry gave_up:attempts
}

@test "a malformed URL and an unknown protocol are never retried" {
	run retry curl -sS "http://127.0.0.1:99999/"
	assert_status 3
	run retry curl -sS "unknown://127.0.0.1/"
	assert_status 1
	assert_log
}

@test "a full disk is the program's own error and never retried" {
	[ -w /dev/full ] || skip "no /dev/full"
	run get 200~len=100000 -o /dev/full
	assert_status 23
	assert_requests 1
}

# --- other protocols ---

@test "HTTP/2 with prior knowledge is retried" {
	skip_without_feature HTTP2
	skip_without nginx
	retry curl -sS --http2-prior-knowledge "$(url 503,503,200~len=100000 x "$NGINX_PORT")" -o out -w '%{http_version}\n' >version
	assert_file version 2
	assert_body out 100000
	assert_requests 3
	assert_log retry retry recovered
}

@test "HTTP/2 by Upgrade: the 101 is no end, and a failure behind it is retried" {
	local port pid
	skip_without_feature HTTP2
	skip_without nghttpx
	port=$(free_port)
	nghttpx --conf=/dev/null --workers=1 -f "127.0.0.1,$port;no-tls" -b "127.0.0.1,$HTTP_PORT" >/dev/null 2>&1 3>&- &
	pid=$!
	until_answers $pid "$(url 200 ready "$port")"
	retry curl -sS --http2 "$(url 503,200~len=5000 x "$port")" -D head -o out
	kill $pid
	assert_body out 5000
	assert_equal "$(grep -c '^HTTP/2 200' head)" 1
	assert_lacks "$(cat head)" 503
	assert_log retry recovered
}

@test "HTTP/2: -f sees no failure that was retried" {
	skip_without_feature HTTP2
	retry curl -sS -f --http2-prior-knowledge "$(url 503,200 x "$NGINX_PORT")" -o out
	assert_file out "$(answer)"
	CURLRETRY_ATTEMPTS=2 run retry curl -sS -f --http2-prior-knowledge "$(url 503 y "$NGINX_PORT")" -o out
	assert_status 22
	assert_log retry recovered retry gave_up:attempts
}

@test "HTTP/2: a long error page is cut off and retried" {
	skip_without_feature HTTP2
	retry curl -sS --http2-prior-knowledge "$(url 503~len=3000000,200 x "$NGINX_PORT")" -o out
	assert_file out "$(answer)"
	assert_requests 2
}

@test "FTP: a connection lost before the data is retried" {
	retry curl -sS "$(url rst,200~len=50000 x "$FTP_PORT" ftp)" -o out
	assert_body out 50000
	assert_requests 2
}

@test "FTP: data cut before its first byte is retried, after it is continued" {
	CURLRETRY_HOLD=0 retry curl -sS "$(url 200~len=5000~cut=0,200~len=5000 a "$FTP_PORT" ftp)" -o out
	assert_body out 5000
	CURLRETRY_HOLD=0 retry curl -sS "$(url 200~len=50000~cut=40000,200~len=50000 b "$FTP_PORT" ftp)" -o out
	assert_body out 50000
	assert_log retry recovered resume recovered
}

@test "FTP: an upload that breaks in the middle is sent again, but not one that appends" {
	body_of 100000 body
	retry curl -sS -T body "$(url 200~in=1000,200 a "$FTP_PORT" ftp)"
	assert_equal "$(ledger method)" $'STOR\nSTOR'
	assert_equal "$(ledger body_sha256 | tail -n 1)" "$(sha256sum body | cut -d ' ' -f 1)"
	for fault in 200~in=1000 rst; do
		run retry curl -sS --append -T body "$(url $fault,200 $fault/x "$FTP_PORT" ftp)"
		[ "$status" -ne 0 ]
		assert_equal "$(ledger method "$(key)/$fault")" APPE
	done
	# A resumed upload appends too.
	run retry curl -sS -C 40000 -T body "$(url 200~in=1000,200 c/x "$FTP_PORT" ftp)"
	[ "$status" -ne 0 ]
	assert_equal "$(ledger method "$(key)/c")" APPE
	assert_lacks "$(events | tail -n +3)" retry
}

@test "FTP: -I and header lines in no block pass" {
	retry curl -sS -I "$(url 200~len=500 x "$FTP_PORT" ftp)" >out
	assert_contains "$(cat out)" "Content-Length: 500"
}

@test "FTP: a port that refuses is retried" {
	local port
	port=$(free_port)
	CURLRETRY_ATTEMPTS=2 run retry curl -sS "ftp://127.0.0.1:$port/x"
	assert_status 7
	assert_log retry gave_up:attempts
}

@test "file:// is never retried, found or missing" {
	echo here >present
	retry curl -sS "file://$PWD/present" >out
	assert_file out here
	run retry curl -sS "file://$PWD/missing"
	assert_status 37
	CURLRETRY_ON_ERROR=+FILE_COULDNT_READ_FILE run retry curl -sS "file://$PWD/missing"
	assert_status 37
	assert_log
}
