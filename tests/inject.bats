# SPDX-License-Identifier: MIT
#
# Faults on purpose: to the program and to our own policy they are real ones.

load helpers

setup_file() {
	start_server --tls --ftp
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# alone FAULT COMMAND...: the program alone faces the fault, in each of its attempts.
alone() {
	CURLRETRY_INJECT=$1@100% CURLRETRY_MODE=off retry "${@:2}"
}

# What curl writes of a transfer that the program sees fail.
form='%{exitcode} %{http_code} %{num_redirects} %{size_download} %{scheme} %{url_effective} %{errormsg}\n'

ask() {
	curl -sS -o out -w "$form" "$@" 2>errors
}

# seed_that_hits_once FAULT: sets the seed by which it hits a transfer's first attempt and not the second.
seed_that_hits_once() {
	for seed in {1..200}; do
		rm -f log
		CURLRETRY_INJECT=$1@50% CURLRETRY_SEED=$seed retry curl -s -o out "$(url 200 "$seed")" || true
		[ "$(events event | tr '\n' ' ')" = "injected retry recovered " ] && return
	done
	fail "no seed of 200 does"
}

@test "a status never reaches the server, and is the program's to see" {
	CURLRETRY_INJECT=503@100% CURLRETRY_MODE=off retry curl -sS -D head -o out -w "$form" "$(url 200)" >seen
	# The scheme in capitals in older versions of libcurl.
	assert_equal "$(cut -d ' ' -f 1-5 seen | tr '[:upper:]' '[:lower:]')" "0 503 0 35 http"
	assert_contains "$(cat seen)" "$(url 200)"
	grep -q '^HTTP/1.1 503' head
	assert_file out 'curlretry: 503, a fault on purpose'
	assert_requests 0
	assert_log injected:503
	run alone 404/ra=7 curl -sSf "$(url 200)"
	assert_status 22
	assert_contains "$output" 'The requested URL returned error: 404'
	assert_requests 0
}

@test "over TLS too, with the program's own URL in what it asks" {
	CURLRETRY_INJECT=503@100% CURLRETRY_MODE=off retry curl -sS --cacert "$CERT" -o out -w "$form" \
		--proto =https -D head "$(url 200 x "$TLS_PORT" https)" >seen
	assert_equal "$(cut -d ' ' -f 1-6 seen | tr '[:upper:]' '[:lower:]')" "0 503 0 35 https $(url 200 x "$TLS_PORT" https)"
	assert_requests 0
	assert_equal "$(events url)" "$(url 200 x "$TLS_PORT" https)"
}

@test "refused, dns and tls are told as by libcurl, and never reach the server" {
	run alone refused curl -sS "$(url 200)"
	assert_status 7
	[[ $output =~ "Failed to connect to 127.0.0.1"(:|" port ")$HTTP_PORT" after" ]] || fail "$output"
	run alone dns curl -sS --resolve "some.example:$HTTP_PORT:127.0.0.1" "http://some.example:$HTTP_PORT/s/200/$(key)/x"
	assert_status 6
	assert_contains "$output" "Could not resolve host: some.example"
	for place in "$HTTP_PORT http" "$TLS_PORT https"; do
		# shellcheck disable=SC2086
		run alone tls curl -sS --cacert "$CERT" "$(url 200 x $place)"
		assert_status 35
	done
	assert_requests 0
	assert_log injected:refused injected:dns injected:tls injected:tls
}

@test "a program's proxy, interface and wish for IPv6 do not lead a fault elsewhere" {
	for fault in 503 refused tls; do
		run alone "$fault" curl -sS -6 --proxy "http://127.0.0.1:$HTTP_PORT" --interface lo \
			--local-port 20000-60000 -o out -w '%{http_code}' "http://other.example/s/200/$(key)/x"
		case $fault in
		503) assert_equal "$output" 503 ;;
		refused) assert_status 7 ;;
		tls) assert_status 35 ;;
		esac
	done
	run alone 503 curl -sS --proxy "http://127.0.0.1:$HTTP_PORT" -o out -w '%{http_code}' "https://other.example/x"
	assert_equal "$output" 503
	assert_requests 0
}

@test "a reset reaches the server, and no byte of its answer the program" {
	run alone reset curl -s -i -o out -w "$form" "$(url 200~len=1000)"
	assert_status 56
	assert_equal "$(cut -d ' ' -f 1-4 <<<"${lines[0]}")" "56 000 0 0"
	assert_contains "$output" 'Recv failure: Connection reset by peer'
	[ ! -s out ]
	assert_requests 1
	assert_log injected:reset
}

@test "a cut body is so many bytes long, and a shorter one is left alone" {
	body_of 1000 | head -c 300 >expected
	run alone cut:300 curl -s -o out -w "$form" "$(url 200~len=1000)"
	assert_status 18
	assert_files_equal out expected
	assert_equal "$(cut -d ' ' -f 1-4 <<<"${lines[0]}")" "18 200 0 300"
	assert_contains "$output" 'with 700 bytes remaining'
	run alone cut:300 curl -sS -o out "$(url 200~len=1000~chunked)"
	assert_status 18
	assert_files_equal out expected
	run alone cut:300 curl -sS -o out "$(url 200~len=1000~eof eof)"
	assert_status 56
	assert_files_equal out expected
	run alone cut:1000 curl -sS -o out "$(url 200~len=1000 whole)"
	assert_status 0
	assert_body out 1000
	assert_log injected:cut:300 injected:cut:300 injected:cut:300
}

@test "a cut body is gone on with, or fetched again, as a real one is" {
	CURLRETRY_INJECT=cut:70000@100% retry curl -sS -o out "$(url 200~len=200000~etag=a)"
	assert_body out 200000
	assert_log injected:cut:70000 resume injected:cut:70000 resume recovered
	assert_equal "$(ledger headers.range | tr '\n' ' ')" '- bytes=70000- bytes=140000- '
}

@test "a delay and a stall take their time, and the program's time-out ends them" {
	for fault in delay:300ms stall:300ms; do
		alone "$fault" curl -sS -o out -w '%{time_total}' "$(url 200~len=1000)" >took
		assert_body out 1000
		[ "$(jq -n "$(cat took) >= 0.3")" = true ] || fail "it took $(cat took) s"
		for client in "curl" "curl -Z"; do
			# shellcheck disable=SC2086
			run alone "${fault/300ms/1h}" $client -sS -m 0.3 -o out -w "$form" "$(url 200~len=1000)"
			assert_status 28
			assert_contains "$output" 'Operation timed out after'
		done
	done
	run alone delay:1h curl -s -m 0.3 -o out -w "$form" "$(url 200~len=1000)"
	assert_equal "$(cut -d ' ' -f 1-4 <<<"${lines[0]}")" "28 000 0 0"
}

@test "a stall is seen by the program's limit of speed and by STALL_TIMEOUT" {
	run alone stall:1h curl -sS --speed-limit 1000 --speed-time 1 -o out "$(url 200~len=1000)"
	assert_status 28
	CURLRETRY_INJECT=stall:1h@100% CURLRETRY_STALL_TIMEOUT=50ms run retry curl -sS -o out "$(url 200~len=1000)"
	assert_status 28
	assert_equal "$(events | tail -1)" gave_up:attempts
	assert_requests 6
	run alone stall:1h curl -Z -sS --speed-limit 1000 --speed-time 1 -o out "$(url 200~len=1000 multi)"
	assert_status 28
}

@test "retries meet faults like real ones, and the seed makes both reproducible" {
	seed_that_hits_once 503
	assert_file out "answer 200 /$(key)/$seed"
	cp log first
	rm log
	CURLRETRY_INJECT=503@50% CURLRETRY_SEED=$seed retry curl -s -o out "$(url 200 "$seed")"
	assert_equal "$(events event)" "$(jq -r .event first)"
	assert_equal "$(events delay_ms)" "$(jq -r '.delay_ms // "-"' first)"
}

@test "the policy judges a fault by what the program asked: no POST is sent twice" {
	run env CURLRETRY_INJECT=reset@100% "$BUILD/curlretry" --log="$PWD/log" --log-format=json \
		curl -sS -d x -o out "$(url 200)"
	assert_status 56
	assert_log injected:reset not_retried:method
	assert_requests 1
	rm log
	CURLRETRY_INJECT=refused@100% CURLRETRY_ATTEMPTS=2 run retry curl -sS -d x -o out "$(url 200)"
	assert_log injected:refused retry injected:refused gave_up:attempts
	assert_requests 1
	rm log
	CURLRETRY_INJECT=503/ra=1@100% CURLRETRY_MAX_RETRY_AFTER=1ms run retry curl -sS -o out "$(url 200)"
	assert_log injected:503/ra=1 not_retried:retry_after
	assert_equal "$(events retry_after_ms | tail -1)" 1000
}

@test "a status is retried from a local port of the program's own choice too, which it has not used" {
	CURLRETRY_INJECT=503@100% CURLRETRY_ATTEMPTS=2 retry curl -sS --local-port "$(free_port)" -o out "$(url 200)"
	assert_log injected:503 retry injected:503 gave_up:attempts
}

@test "the request's body is sent whole again after a fault, from a pipe too" {
	body_of 300000 body
	seed_that_hits_once reset
	rm log
	for source in body -; do
		CURLRETRY_INJECT=reset@50% CURLRETRY_SEED=$seed retry curl -sS -T "$source" -o out "$(url 200 "put$source")" <body
	done
	assert_equal "$(events event | tr '\n' ' ')" 'injected retry recovered injected retry recovered '
	assert_equal "$(ledger body_sha256 | sort -u | grep -c "$(sha256sum <body | cut -d ' ' -f 1)")" 1
}

@test "a handle works after each fault as after a real one, in both interfaces" {
	for client in curl "curl -Z --parallel-max 1"; do
		rm -f log
		# shellcheck disable=SC2086
		CURLRETRY_MODE=off CURLRETRY_SEED=3 \
			CURLRETRY_INJECT=503@20%,refused@20%,dns@20%,tls@20%,reset@20%,cut:5@20%,delay:10ms@20%,stall:10ms@20% \
			retry $client -s -o '#1' "$(url 200~len=100 "[1-60]")" || true
		for i in {1..60}; do
			[ -e "$i" ] || continue
			[ "$(stat -c %s "$i")" != 100 ] || assert_body "$i" 100
		done
		for kind in 503 refused dns tls reset cut:5 delay:10ms stall:10ms; do
			grep -qF "\"why\":\"$kind\"" log || fail "$client never met $kind"
		done
		rm -f {1..60}
	done
}

@test "a share of the transfers fails, as large as was asked for" {
	CURLRETRY_MODE=off CURLRETRY_SEED=1 CURLRETRY_INJECT=503@25% \
		retry curl -s -o /dev/null -w '%{http_code}\n' "$(url 200 "[1-400]")" >seen
	count=$(grep -c 503 seen)
	[ "$count" -gt 65 ] && [ "$count" -lt 135 ] || fail "$count of 400"
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" " $count injected:503"
	assert_requests $((400 - count))
}

@test "pycurl and PHP meet faults too" {
	retry_with() {
		CURLRETRY_INJECT=503@50%,refused@30%,cut:10@10% CURLRETRY_SEED=5 CURLRETRY_ATTEMPTS=20 retry "$@"
	}
	retry_with "$PYTHON" - "$(url 200~len=100 "")" <<-'END'
		import io, pycurl, sys
		for i in range(20):
		    body = io.BytesIO()
		    handle = pycurl.Curl()
		    handle.setopt(pycurl.URL, sys.argv[1] + str(i))
		    handle.setopt(pycurl.WRITEDATA, body)
		    handle.perform()
		    assert len(body.getvalue()) == 100, body.getvalue()
		    assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
		    handle.close()
	END
	grep -q injected log
	if command -v php >/dev/null; then
		rm log
		# shellcheck disable=SC2016
		retry_with php -r '
			$multi = curl_multi_init();
			for ($i = 0; $i < 20; $i++) {
				$handles[$i] = curl_init($argv[1] . "php$i");
				curl_setopt($handles[$i], CURLOPT_RETURNTRANSFER, true);
				curl_multi_add_handle($multi, $handles[$i]);
			}
			do { curl_multi_exec($multi, $running); curl_multi_select($multi, 0.1); } while ($running);
			foreach ($handles as $handle)
				if (strlen(curl_multi_getcontent($handle)) != 100) { echo "wrong"; exit(1); }
		' "$(url 200~len=100 "")"
		grep -q injected log
	fi
}

@test "FTP meets what it can, a file of this machine's nothing" {
	run alone refused curl -sS -o out "$(url 200~len=1000 x "$FTP_PORT" ftp)"
	assert_status 7
	run alone cut:300 curl -sS -o out "$(url 200~len=1000 x "$FTP_PORT" ftp)"
	assert_status 18
	assert_equal "$(stat -c %s out)" 300
	run alone 503 curl -sS -o out "$(url 200~len=1000 x "$FTP_PORT" ftp)"
	assert_status 0
	assert_body out 1000
	for fault in refused dns reset cut:1 503; do
		alone "$fault" curl -sS -o out "file://$CERT"
		assert_files_equal out "$CERT"
	done
	assert_log injected:refused injected:cut:300
}

@test "what HOSTS excludes is left alone, and a rule may inject for one host" {
	CURLRETRY_HOSTS='!127.*' alone 503 curl -sSf -o out "$(url 200)"
	assert_equal "$(events)" ""
	printf '[host 127.0.0.1]\ninject = 503@100%%\n' >rules
	CURLRETRY_CONFIG=$PWD/rules CURLRETRY_ATTEMPTS=1 retry curl -sS -w '%{http_code} ' \
		-o out "$(url 200)" -o out "http://localhost:$HTTP_PORT/s/200/$(key)/y" >seen
	assert_equal "$(cat seen)" '503 200 '
}

@test "the trace names the fault, the ledger of the machine hears of none" {
	export CURLRETRY_LEDGER=on CURLRETRY_TRACE=$PWD/trace
	before=$("$BUILD/curlretry" --stats=json | jq -c ".. | objects | select((.port? // 0) == $HTTP_PORT)")
	CURLRETRY_INJECT=cut:70000@100% retry curl -sS -o out "$(url 200~len=100000~etag=a)"
	assert_equal "$(jq -r '[.injected, .decision] | join(" ")' trace | tr '\n' ' ')" 'cut:70000 resume  recovered '
	after=$("$BUILD/curlretry" --stats=json | jq -c ".. | objects | select((.port? // 0) == $HTTP_PORT)")
	assert_equal "$after" "$before"
}

@test "a fault that is none stops the launcher, and is told by the bare library" {
	for value in 503 503@0% 200@10% nothing@10% '503@10%,'; do
		run "$BUILD/curlretry" --inject="$value" true
		assert_status 125
		assert_equal "${#lines[@]}" 1
		assert_contains "$output" "--inject: bad value \"$value\""
	done
	CURLRETRY_INJECT=503 LD_PRELOAD=$BUILD/libcurlretry.so run curl -sS -o out "$(url 200)"
	assert_status 0
	assert_contains "$output" 'CURLRETRY_INJECT: bad value "503"'
	assert_requests 1
}

@test "what a fault keeps from the program does not come with CURLOPT_HEADER either" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import io, pycurl, sys
		body = io.BytesIO()
		curl = pycurl.Curl()
		for option, value in ((pycurl.URL, sys.argv[1]), (pycurl.HEADER, 1), (pycurl.FOLLOWLOCATION, 1),
		                      (pycurl.WRITEFUNCTION, body.write), (pycurl.TIMEOUT_MS, int(sys.argv[2]))):
		    curl.setopt(option, value)
		try:
		    curl.perform()
		    print(0)
		except pycurl.error as error:
		    print(error.args[0])
		sys.stdout.flush()
		sys.stdout.buffer.write(body.getvalue())
	END
	alone reset "$PYTHON" program.py "$(url 200~len=1000)" 60000 >out
	assert_file out 56
	alone delay:1h "$PYTHON" program.py "$(url 200~len=1000)" 300 >out
	assert_file out 28
	# The second block's first line is no part of the body that is cut.
	alone cut:300 "$PYTHON" program.py "$(url 302~to=200%7Elen=1000 hop)" 60000 >out
	assert_equal "$(head -n 1 out)" 18
	assert_equal "$(grep -ac '^HTTP/1.1' out)" 2
	body_of 1000 | head -c 300 >expected
	sed -b '0,/^\r$/d' out | sed -b '0,/^\r$/d' >rest
	assert_files_equal rest expected
}

@test "a failure is told in libcurl's own words, of the program's host" {
	run curl -sS http://127.0.0.1:1/
	assert_status 7
	for host in 127.0.0.1 some.example; do
		run alone refused curl -sS "http://$host:1/"
		assert_status 7
		real=$(curl -sS http://127.0.0.1:1/ 2>&1) || true
		assert_equal "${output//after [0-9]* ms/}" "$(sed "s/127.0.0.1/$host/; s/after [0-9]* ms//" <<<"$real")"
	done
	run alone stall:1h curl -sS -m 0.3 -o out "$(url 200~len=1000)"
	assert_contains "$output" 'with 0 out of 1000 bytes received'
	run alone stall:1h curl -sS --speed-limit 900 --speed-time 1 -o out "$(url 200~len=1000)"
	assert_contains "$output" 'Operation too slow. Less than 900 bytes/sec transferred the last 1 seconds'
}

@test "progress and speed tell of no byte that a fault has kept back" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		for in_multi in False, True:
		    seen = set()
		    curl = pycurl.Curl()
		    for option, value in ((pycurl.URL, sys.argv[1]), (pycurl.NOPROGRESS, 0), (pycurl.TIMEOUT_MS, 300),
		                          (pycurl.XFERINFOFUNCTION, lambda total, now, *sent: seen.add(now)),
		                          (pycurl.WRITEFUNCTION, lambda data: None)):
		        curl.setopt(option, value)
		    multi, running = pycurl.CurlMulti(), 1
		    if in_multi:
		        multi.add_handle(curl)
		        while running:
		            running = multi.perform()[1]
		            multi.select(0.05)
		    else:
		        try:
		            curl.perform()
		        except pycurl.error:
		            pass
		    print(max(seen), round(curl.getinfo(pycurl.SIZE_DOWNLOAD)), curl.getinfo(pycurl.SPEED_DOWNLOAD) > 0)
	END
	alone cut:300 "$PYTHON" program.py "$(url 200~len=1000)" >out
	# Newer ones tell of nothing where the body ends so.
	assert_equal "$(sed 's/^0 /300 /' out)" $'300 300 True\n300 300 True'
	alone stall:1h "$PYTHON" program.py "$(url 200~len=1000)" >out
	assert_file out $'0 0 False\n0 0 False'
}

@test "a program that pauses and goes on while a fault waits is not left hanging" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import io, pycurl, sys, time
		headers, calls = [], []
		def on_header(line):
		    headers.append(time.monotonic())
		def once(*numbers):
		    if headers and not calls and time.monotonic() - headers[-1] > 0.1:
		        calls.append(numbers)
		        curl.pause(pycurl.PAUSE_CONT)
		body = io.BytesIO()
		curl = pycurl.Curl()
		for option, value in ((pycurl.URL, sys.argv[1]), (pycurl.NOPROGRESS, 0), (pycurl.XFERINFOFUNCTION, once),
		                      (pycurl.HEADERFUNCTION, on_header), (pycurl.WRITEFUNCTION, body.write),
		                      (pycurl.TIMEOUT, 30)):
		    curl.setopt(option, value)
		curl.perform()
		print(len(calls), len(body.getvalue()))
	END
	alone stall:500ms "$PYTHON" program.py "$(url 200~len=1000000)" >out
	assert_file out "1 1000000"
}

@test "header lines that a program pauses after a delay come once each" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		lines, paused = [], []
		def on_header(line):
		    if len(lines) == 2 and not paused:
		        paused.append(line)
		        return pycurl.WRITEFUNC_PAUSE
		    lines.append(line)
		curl = pycurl.Curl()
		for option, value in ((pycurl.URL, sys.argv[1]), (pycurl.HEADERFUNCTION, on_header),
		                      (pycurl.WRITEFUNCTION, lambda data: None)):
		    curl.setopt(option, value)
		multi, running = pycurl.CurlMulti(), 1
		multi.add_handle(curl)
		while running:
		    running = multi.perform()[1]
		    multi.select(0.05)
		    if paused == ["again"]:
		        continue
		    if paused:
		        paused[:] = ["again"]
		        curl.pause(pycurl.PAUSE_CONT)
		sys.stdout.buffer.write(b"".join(lines))
	END
	retry "$PYTHON" program.py "$(url 200~len=1000)" >bare
	for mode in on off; do
		CURLRETRY_MODE=$mode CURLRETRY_INJECT=delay:100ms@100% retry "$PYTHON" program.py "$(url 200~len=1000)" >with
		assert_files_equal with bare
	done
	[ "$(wc -l <with)" -ge 4 ]
}

@test "a copy of a handle has the program's own URL, however it was made" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		own = sys.argv[1]
		copies = []
		def copy(data):
		    copies.append(curl.duphandle())
		curl = pycurl.Curl()
		for option, value in ((pycurl.URL, own), (pycurl.SSL_VERIFYPEER, 0), (pycurl.WRITEFUNCTION, copy)):
		    curl.setopt(option, value)
		curl.perform()
		assert curl.getinfo(pycurl.RESPONSE_CODE) == 503
		copy = copies[0]
		assert copy.getinfo(pycurl.EFFECTIVE_URL) == own, copy.getinfo(pycurl.EFFECTIVE_URL)
		copy.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		copy.perform()
		assert copy.getinfo(pycurl.EFFECTIVE_URL) == own, copy.getinfo(pycurl.EFFECTIVE_URL)
	END
	alone 503 "$PYTHON" program.py "$(url 200 x "$TLS_PORT" https)"
	# After a redirect, libcurl's own is where that led to.
	cat >program.py <<-'END'
		import pycurl, sys
		for i in range(30):
		    curl = pycurl.Curl()
		    for option, value in ((pycurl.URL, sys.argv[1]), (pycurl.SSL_VERIFYPEER, 0), (pycurl.FOLLOWLOCATION, 1),
		                          (pycurl.WRITEFUNCTION, lambda data: None)):
		        curl.setopt(option, value)
		    curl.perform()
		    for i in range(3):
		        copy = curl.duphandle()
		        for i in range(3):
		            copy.perform()
		            status, redirects = copy.getinfo(pycurl.RESPONSE_CODE), copy.getinfo(pycurl.REDIRECT_COUNT)
		            assert (status, redirects) in ((200, 1), (503, 0)), (status, redirects)
	END
	CURLRETRY_INJECT=503@40% CURLRETRY_MODE=off CURLRETRY_SEED=1 \
		retry "$PYTHON" program.py "$(url 302~to=200 x "$TLS_PORT" https)"
	grep -q injected log
}

@test "a handle that is reset, or gets another URL, in the middle of a fault keeps what the program has set" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		def new(url):
		    for option, value in ((pycurl.URL, url), (pycurl.SSL_VERIFYPEER, 0), (pycurl.WRITEFUNCTION, lambda data: None)):
		        curl.setopt(option, value)
		curl = pycurl.Curl()
		new(sys.argv[1])
		multi = pycurl.CurlMulti()
		multi.add_handle(curl)
		curl.reset()
		multi.remove_handle(curl)
		new(sys.argv[2])
		curl.perform()
		assert curl.getinfo(pycurl.EFFECTIVE_URL) == sys.argv[2]
		multi.add_handle(curl)
		curl.setopt(pycurl.URL, sys.argv[1])
		running = 1
		while running:
		    running = multi.perform()[1]
		    multi.select(0.05)
		multi.remove_handle(curl)
		assert curl.getinfo(pycurl.EFFECTIVE_URL) == sys.argv[1], curl.getinfo(pycurl.EFFECTIVE_URL)
		curl.perform()
		assert curl.getinfo(pycurl.EFFECTIVE_URL) == sys.argv[1]
	END
	alone 503 "$PYTHON" program.py "$(url 200 one "$TLS_PORT" https)" "$(url 200 two "$TLS_PORT" https)"
	assert_equal "$(events url | sed 's,.*/,,' | tr '\n' ' ')" ' two one one '
}

@test "a handle that waits after a fault can be reset, and given another URL" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import os, pycurl, sys
		first, other, log, change = sys.argv[1:]
		def new(url):
		    for option, value in ((pycurl.URL, url), (pycurl.SSL_VERIFYPEER, 0), (pycurl.WRITEFUNCTION, lambda data: None)):
		        curl.setopt(option, value)
		def turn():
		    running = multi.perform()[1]
		    multi.select(0.05)
		    return running
		curl = pycurl.Curl()
		new(first)
		multi = pycurl.CurlMulti()
		multi.add_handle(curl)
		while not os.path.exists(log) or '"event":"retry"' not in open(log).read():
		    turn()
		if change == "reset":
		    curl.reset()
		    new(other)
		else:
		    curl.setopt(pycurl.URL, other)
		while turn():
		    pass
		multi.remove_handle(curl)
		assert curl.getinfo(pycurl.EFFECTIVE_URL) == other, curl.getinfo(pycurl.EFFECTIVE_URL)
	END
	for fault in 503 refused reset cut:5 delay:1ms stall:1ms; do
		for change in reset url; do
			rm -f log
			CURLRETRY_BASE_DELAY=300ms CURLRETRY_MAX_DELAY=300ms CURLRETRY_JITTER=none CURLRETRY_ATTEMPTS=2 \
				CURLRETRY_INJECT=$fault@100% retry "$PYTHON" program.py "$(url 503 one "$TLS_PORT" https)" \
				"$(url 503 two "$TLS_PORT" https)" log $change
		done
	done
}

@test "HSTS leads a status neither to TLS nor to a wrong scheme" {
	printf '"hsts.curlretry.test" "20990101 00:00:00"\n' >hsts
	CURLRETRY_INJECT=503@100% CURLRETRY_MODE=off retry curl -sS --hsts hsts -o out -w '%{http_code} %{scheme}' "$(url 200)" >seen
	assert_equal "$(tr '[:upper:]' '[:lower:]' <seen)" '503 http'
	alone 503 curl -sS --hsts hsts --resolve "*:$HTTP_PORT:127.0.0.1" -o out -w '%{http_code}' \
		"http://hsts.curlretry.test:$HTTP_PORT/x" >seen
	assert_file seen 503
	assert_requests 0
}
