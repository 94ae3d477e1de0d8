# SPDX-License-Identifier: MIT
#
# What each setting does to a real curl's transfer.

load helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [OPTION]...: prints the status curl ended up with.
get() {
	retry curl -sS -o out -w '%{http_code}\n' "$(url "$1")" "${@:2}"
}

@test "five attempts are made by default" {
	assert_equal "$(get 503)" 503
	assert_requests 5
	assert_log retry retry retry retry gave_up:attempts
}

@test "one attempt is no retry" {
	assert_equal "$(CURLRETRY_ATTEMPTS=1 get 503,200)" 503
	assert_requests 1
	assert_log not_retried:attempts
}

@test "a hundred attempts are made where asked for" {
	assert_equal "$(CURLRETRY_ATTEMPTS=100 CURLRETRY_MAX_DELAY=1ms get 503)" 503
	assert_requests 100
}

@test "each transient status is retried, others are not" {
	for status in 408 425 429 500 502 503 504 522 524; do
		assert_equal "$(retry curl -s -o out -w '%{http_code}' "$(url $status,200 $status)")" 200
	done
	rm log
	for status in 400 401 403 404 409 410 418 422 501 505 521; do
		assert_equal "$(retry curl -s -o out -w '%{http_code}' "$(url $status,200 $status)")" $status
	done
	assert_log
}

@test "ON_STATUS replaces, adds and takes away" {
	assert_equal "$(CURLRETRY_ON_STATUS=404 get 404,503,200)" 503
	assert_equal "$(CURLRETRY_ON_STATUS=+404 retry curl -s -o out -w '%{http_code}' "$(url 404,503,200 b)")" 200
	assert_equal "$(CURLRETRY_ON_STATUS=-503 retry curl -s -o out -w '%{http_code}' "$(url 503,200 c)")" 503
	assert_equal "$(CURLRETRY_ON_STATUS=5xx retry curl -s -o out -w '%{http_code}' "$(url 501,599,200 d)")" 200
}

@test "a redirect that is declared transient is retried, not followed" {
	assert_equal "$(CURLRETRY_ON_STATUS=+304 get 304,200~len=2000)" 200
	assert_body out 2000
	assert_requests 2
}

@test "ON_ERROR replaces and takes away" {
	CURLRETRY_ON_ERROR=-network run get rst,200
	assert_status 56
	CURLRETRY_ON_ERROR=RECV_ERROR run retry curl -sS -o out "$(url rst,200 b)"
	assert_status 0
	CURLRETRY_ON_ERROR=GOT_NOTHING run retry curl -sS -o out "$(url rst,200 c)"
	assert_status 56
	CURLRETRY_ON_ERROR=-partial run retry curl -sS -o out "$(url 200~len=9~cut=0,200 d)"
	assert_status 18
	assert_log retry recovered
}

@test "METHODS lets a POST be sent twice, or keeps a GET from it" {
	assert_equal "$(CURLRETRY_METHODS=+POST get 503,200 -d data)" 200
	assert_equal "$(ledger body_received)" $'4\n4'
	assert_equal "$(CURLRETRY_METHODS=-GET retry curl -s -o out -w '%{http_code}' "$(url 503,200 b)")" 503
	assert_log retry recovered not_retried:method
}

@test "IDEMPOTENCY_KEY gives a POST one key for all its attempts, and another to the next" {
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on get 503,503,200 -d data)" 200
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out -w '%{http_code}' "$(url 503,200 b)" -d data)" 200
	assert_equal "$(ledger headers.idempotency-key | uniq -c | awk '{ print $1 }' | paste -sd,)" 3,2
	assert_contains "$(ledger headers.idempotency-key | head -n 1)" '"'
}

@test "IDEMPOTENCY_KEY leaves a key of the program's alone, and a GET without one" {
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on get 503,200 -d data -H 'Idempotency-Key: "own"')" 200
	assert_equal "$(ledger headers.idempotency-key | sort -u)" '"own"'
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out -w '%{http_code}' "$(url 503,200 b)")" 200
	assert_equal "$(ledger headers.idempotency-key | tail -n 1)" -
}

@test "IDEMPOTENCY_KEY takes a field that the program has emptied for no key: such a POST is sent once" {
	local field
	for field in 'Idempotency-Key:' 'idempotency-key: ' 'Idempotency-Key;'; do
		: >log
		CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out "$(url 503,200 "$(enc "$field")")" -d data -H "$field"
		assert_log not_retried:method
	done
	assert_equal "$(requests)" 3
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out -w '%{http_code}' "$(url 503,200 own)" \
		-d data -H 'Idempotency-Key:' -H 'Idempotency-Key:"own"')" 200
}

@test "MODE=observe retries nothing and logs what it would have done" {
	assert_equal "$(CURLRETRY_MODE=observe get 503,200)" 503
	assert_file out "error page 1 503 /$(key)/x"
	assert_requests 1
	assert_log not_retried:observe
	[ "$(events delay_ms)" -ge 1 ]
}

@test "MODE=observe changes no request and cuts none short" {
	CURLRETRY_MODE=observe CURLRETRY_IDEMPOTENCY_KEY=on get 503,200 -d data
	assert_equal "$(ledger headers.idempotency-key)" -
	CURLRETRY_MODE=observe CURLRETRY_ATTEMPT_TIMEOUT=10ms CURLRETRY_CONNECT_TIMEOUT=1ms CURLRETRY_STALL_TIMEOUT=10ms \
		retry curl -sS -o out "$(url 200~delay=1500 slow)"
	assert_file out "answer 200 /$(key)/slow"
	assert_log not_retried:observe
}

@test "MODE=off does nothing at all" {
	assert_equal "$(CURLRETRY_MODE=off CURLRETRY_LOG_LEVEL=debug get 503,200)" 503
	assert_requests 1
	assert_log
}

@test "HOSTS chooses by host name, with exclusions" {
	assert_equal "$(CURLRETRY_HOSTS='*.test,127.*' get 503,200)" 200
	assert_equal "$(CURLRETRY_HOSTS='!127.0.0.1' retry curl -s -o out -w '%{http_code}' "$(url 503,200 b)")" 503
	assert_equal "$(CURLRETRY_HOSTS='localhost' retry curl -s -o out -w '%{http_code}' "$(url 503,200 c)")" 503
	assert_log retry recovered not_retried:host not_retried:host
}

@test "HOSTS: an excluded host gets no key, and no timeout" {
	CURLRETRY_HOSTS=localhost CURLRETRY_IDEMPOTENCY_KEY=on get 503,200 -d data
	assert_equal "$(ledger headers.idempotency-key)" -
	CURLRETRY_HOSTS='!127.*' CURLRETRY_ATTEMPT_TIMEOUT=10ms CURLRETRY_STALL_TIMEOUT=10ms \
		retry curl -sS -o out "$(url 200~delay=1500 slow)"
	assert_file out "answer 200 /$(key)/slow"
	CURLRETRY_HOSTS='127.*' CURLRETRY_ATTEMPT_TIMEOUT=100ms retry curl -sS -o out "$(url stall,200 chosen)"
	assert_log not_retried:host retry recovered
}

@test "HOSTS: the host of a URL without a scheme is not that of another in its query" {
	local bare
	bare="127.0.0.1:$HTTP_PORT/s/503,200/$(key)/bare?next=http://localhost/"
	CURLRETRY_HOSTS=localhost CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out -d data "$bare"
	assert_equal "$(ledger headers.idempotency-key)" -
	CURLRETRY_HOSTS='127.*' CURLRETRY_IDEMPOTENCY_KEY=on retry curl -s -o out -d data "${bare/bare/chosen}"
	assert_log not_retried:host retry recovered
}

@test "PROGRAMS chooses by the executable's name" {
	assert_equal "$(CURLRETRY_PROGRAMS='c?rl,wget' get 503,200)" 200
	assert_equal "$(CURLRETRY_PROGRAMS='!curl' retry curl -s -o out -w '%{http_code}' "$(url 503,200 b)")" 503
	assert_equal "$(CURLRETRY_PROGRAMS='wget' retry curl -s -o out -w '%{http_code}' "$(url 503,200 c)")" 503
	assert_log retry recovered
}

@test "PROGRAMS knows a program by its name when an update has replaced its file" {
	cp "$(command -v curl)" updated
	mkfifo config
	# Opened once curl runs, which reads it before its first transfer.
	{ rm updated; printf 'url = "%s"\noutput = out\n' "$(url 503,200)"; } >config 2>/dev/null 3>&- &
	CURLRETRY_PROGRAMS=updated retry ./updated -sS -K config
	assert_file out "answer 200 /$(key)/x"
	assert_equal "$(events program | sort -u)" updated
}

# --- delays ---

@test "without jitter the backoff doubles up to its cap" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=10ms CURLRETRY_MAX_DELAY=30ms get 503 >code
	assert_equal "$(events delay_ms | paste -sd,)" 10,20,30,30,-
}

@test "MULTIPLIER sets the growth, MIN_DELAY the floor" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=2ms CURLRETRY_MULTIPLIER=10 CURLRETRY_MIN_DELAY=5ms \
		CURLRETRY_MAX_DELAY=1s CURLRETRY_ATTEMPTS=3 get 503 >code
	assert_equal "$(events delay_ms | paste -sd,)" 5,20,-
}

@test "the wait is as long as the log says" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=300ms CURLRETRY_MAX_DELAY=300ms CURLRETRY_ATTEMPTS=2 get 503 >code
	[ "$(events elapsed_ms | tail -n 1)" -ge 300 ]
}

@test "SEED makes the jitter the same from run to run, and another seed another" {
	for seed in 1 1 2; do
		CURLRETRY_SEED=$seed CURLRETRY_BASE_DELAY=20ms CURLRETRY_MAX_DELAY=60ms get 503 >code
		events delay_ms | paste -sd, >>delays
		rm log
	done
	assert_equal "$(sort -u delays | wc -l)" 2
	assert_equal "$(sed -n 1p delays)" "$(sed -n 2p delays)"
}

@test "without SEED two runs differ" {
	for _ in 1 2; do
		CURLRETRY_BASE_DELAY=100ms CURLRETRY_MAX_DELAY=100ms get 503 >code
		events delay_ms | paste -sd, >>delays
		rm log
	done
	assert_equal "$(sort -u delays | wc -l)" 2
}

# --- Retry-After and MAX_TIME ---

@test "Retry-After in seconds is never undercut" {
	assert_equal "$(get 503~ra=1,200)" 200
	assert_equal "$(events retry_after_ms | head -n 1)" 1000
	[ "$(events delay_ms | head -n 1)" -ge 1000 ]
	[ "$(events elapsed_ms | tail -n 1)" -ge 1000 ]
}

@test "Retry-After as a date is honoured" {
	assert_equal "$(get 429~ra=date+2,200)" 200
	# The date is in whole seconds: between one and two of them are left.
	[ "$(events delay_ms | head -n 1)" -gt 0 ]
	[ "$(events retry_after_ms | head -n 1)" -le 2000 ]
	[ "$(events elapsed_ms | tail -n 1)" -ge "$(events retry_after_ms | head -n 1)" ]
}

@test "a Retry-After in the past, negative or nonsense is as if there were none" {
	for value in date-3600 raw:-5 raw:soon raw:1e3 raw:; do
		assert_equal "$(retry curl -s -o out -w '%{http_code}' "$(url "503~ra=$value,200" "$(enc "$value")")")" 200
	done
	assert_equal "$(events delay_ms | grep -vx - | sort -n | awk '$1 > 100' | wc -l)" 0
}

@test "a Retry-After that is too long ends the call at once" {
	assert_equal "$(get 503~ra=301,200)" 503
	assert_requests 1
	assert_log not_retried:retry_after
	assert_equal "$(events retry_after_ms)" 301000
	assert_file out "error page 1 503 /$(key)/x"
}

@test "an absurd Retry-After ends the call at once" {
	assert_equal "$(get 503~ra=999999999999999999,200)" 503
	assert_equal "$(retry curl -s -o out -w '%{http_code}' "$(url 503~ra=99999999999999999999999,200 b)")" 503
	assert_log not_retried:retry_after not_retried:retry_after
}

@test "a long Retry-After in a later attempt gives up" {
	assert_equal "$(get 503,503~ra=3600,200)" 503
	assert_requests 2
	assert_log retry gave_up:retry_after
}

@test "MAX_RETRY_AFTER=0 ignores the header" {
	assert_equal "$(CURLRETRY_MAX_RETRY_AFTER=0 get 503~ra=3600,200)" 200
	assert_requests 2
}

@test "the Retry-After of an earlier hop does not count" {
	assert_equal "$(get 302~ra=3600~to=503%2C200 -L)" 200
	assert_log retry recovered
}

@test "a delay that would cross MAX_TIME is not slept" {
	assert_equal "$(CURLRETRY_MAX_TIME=5s get 503~ra=30,200)" 503
	assert_requests 1
	assert_log not_retried:deadline
	assert_file out "error page 1 503 /$(key)/x"
}

@test "no attempt starts after MAX_TIME" {
	CURLRETRY_MAX_TIME=300ms CURLRETRY_ATTEMPTS=100 CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=50ms \
		CURLRETRY_MAX_DELAY=50ms get 503 >code
	assert_file code 503
	[ "$(requests)" -ge 2 ]
	[ "$(requests)" -le 6 ]
	assert_equal "$(events | tail -n 1)" gave_up:deadline
}

# --- timeouts that are imposed ---

@test "ATTEMPT_TIMEOUT ends an attempt that hangs" {
	assert_equal "$(CURLRETRY_ATTEMPT_TIMEOUT=200ms get stall,200)" 200
	assert_equal "$(events error | head -n 1)" CURLE_OPERATION_TIMEDOUT
}

@test "ATTEMPT_TIMEOUT does not lengthen the program's own" {
	CURLRETRY_ATTEMPT_TIMEOUT=60s CURLRETRY_ATTEMPTS=2 run get stall,200 --max-time 0.2
	assert_status 0
	assert_equal "$(events error | head -n 1)" CURLE_OPERATION_TIMEDOUT
	[ "$(events elapsed_ms | head -n 1)" -lt 30000 ]
}

@test "ATTEMPT_TIMEOUT shortens the program's own" {
	assert_equal "$(CURLRETRY_ATTEMPT_TIMEOUT=200ms get stall,200 --max-time 50)" 200
}

@test "STALL_TIMEOUT ends an attempt that receives nothing" {
	assert_equal "$(CURLRETRY_STALL_TIMEOUT=300ms get stall,200)" 200
	assert_equal "$(events error | head -n 1)" CURLE_OPERATION_TIMEDOUT
}

@test "STALL_TIMEOUT leaves a slow answer alone" {
	# 20 pieces, 100 ms apart: longer than the timeout as a whole, never silent for as long.
	assert_equal "$(CURLRETRY_STALL_TIMEOUT=1500ms get 200~len=20000~pace=1000:100)" 200
	assert_body out 20000
	assert_requests 1
}

@test "STALL_TIMEOUT in the middle of a body is curl's own timeout error" {
	CURLRETRY_HOLD=0 CURLRETRY_STALL_TIMEOUT=300ms run get 200~len=50000~stall=20000
	assert_status 28
	assert_requests 1
	assert_log not_retried:delivered
}

@test "CONNECT_TIMEOUT ends a connection that does not come about" {
	# A listener whose queue is full: the kernel drops what comes.
	"$PYTHON" -c '
import socket, sys, time
full = socket.socket(); full.bind(("127.0.0.1", 0)); full.listen(0)
held = []
for _ in range(4):
    s = socket.socket(); s.setblocking(False); s.connect_ex(full.getsockname()); held.append(s)
print(full.getsockname()[1], flush=True); time.sleep(60)' >port 3>&- &
	local holder=$!
	until [ -s port ]; do sleep 0.01; done
	CURLRETRY_CONNECT_TIMEOUT=200ms CURLRETRY_ATTEMPTS=2 run retry curl -sS "http://127.0.0.1:$(cat port)/"
	kill $holder
	assert_status 28
	assert_log retry gave_up:attempts
	assert_equal "$(events error | sort -u)" CURLE_OPERATION_TIMEDOUT
}

# --- conditional requests ---

assert_conditional() {
	assert_requests 1
	assert_log not_retried:method
}

@test "a conditional request that may have been carried out is not sent again" {
	local field

	for field in 'If-Match: "a"' 'if-none-match: *' 'If-Unmodified-Since: Sat, 01 Jan 2022 00:00:00 GMT' \
		'If: (["a"])' 'If-Schedule-Tag-Match: "a"'; do
		rm -f log; : >"$LEDGER"
		run get rst -T /dev/null -H "$field"
		assert_status 56
		assert_conditional
	done
	rm log; : >"$LEDGER"
	assert_equal "$(get 503,412 -X DELETE -H 'If-Match: "a"')" 503
	assert_conditional
	rm log; : >"$LEDGER"
	assert_equal "$(get 503~len=1,412 -T /dev/null -z '-Sat, 01 Jan 2022 00:00:00 GMT')" 503
	assert_conditional
}

@test "the log says that it was conditional" {
	CURLRETRY_LOG_FORMAT=text get 503,412 -T /dev/null -H 'If-Match: "a"'
	assert_contains "$(cat log)" "503; not retried: a conditional PUT may have been carried out, and its repetition would fail"
}

@test "observed, a conditional request is not said to be repeated" {
	CURLRETRY_MODE=observe get 503,412 -T /dev/null -H 'If-Match: "a"'
	assert_conditional
}

@test "what was conditional before a redirect is not sent again" {
	assert_equal "$(get 303~to=503 -L -T /dev/null -H 'If-Match: "a"')" 503
	assert_requests 2
	assert_log not_retried:method
	assert_contains "$(events method)" PUT
}

@test "a conditional request is sent again where it was refused, or can do nothing" {
	assert_equal "$(get 429,425,201 -T /dev/null -H 'If-Match: "a"')" 201
	assert_equal "$(get 503~len=1,200 -H 'If-None-Match: "a"')" 200
	assert_equal "$(get 503~len=2,201 -T /dev/null -H 'If-Match:' -H 'If: (<opaquelocktoken:a>)' -H 'If-Modified-Since: x')" 201
	assert_equal "$(CURLRETRY_IDEMPOTENCY_KEY=on get 503~len=3,200 -X PATCH -d x -H 'If-Match: "a"')" 200
	assert_requests 9
}

@test "429 has refused a POST, which is sent again" {
	assert_equal "$(get 429,200 -d x)" 200
	assert_requests 2
}

@test "421, where it is transient, is followed by a fresh connection" {
	CURLRETRY_ON_STATUS=+421 get 421,421,200 -d x
	assert_requests 3
	assert_equal "$(ledger conn | sort -u | wc -l)" 3
}

# --- the end of what failed, and what the log says of it ---

@test "a doomed body that never ends does not hold up its retry" {
	assert_equal "$(get 503~len=1000~stall=3,200)" 200
	assert_equal "$(get 503~len=30000~pace=1:50,200)" 200
	assert_equal "$(cd "$BATS_TEST_TMPDIR" && retry "$BUILD/tests/easy_results" plain "$(url 503~len=2000~stall=3,200)" | grep -o 'status=200')" status=200
	assert_equal "$(cd "$BATS_TEST_TMPDIR" && retry curl -sSZ -o a -w '%{http_code}' "$(url 503~len=3000~stall=3,200)")" 200
	assert_log retry recovered retry recovered retry recovered retry recovered
}

@test "an answer after retries has recovered, also where it is a 404 or not read to its end" {
	assert_equal "$(get 503,404)" 404
	run get 503~len=9,404 -f
	assert_status 22
	retry curl -sS "$(url 503,200~len=3000000)" | head -c 10 >/dev/null
	assert_log retry recovered retry recovered retry recovered
	assert_equal "$(events status | tr '\n' ' ')" "503 404 503 404 503 200 "
	rm log
	CURLRETRY_LOG_FORMAT=text get 503~len=8,404
	assert_contains "$(tail -n 1 log)" "s: 404"
}

# --- what only a repetition would bring ---

@test "a local port of the program's own: a 503 whose connection ends is the program's to see" {
	local port
	port=$(free_port)
	run retry curl -sS --local-port "$port" "$(url 503~close,200 a)" -o out
	assert_status 0
	assert_contains "$(cat out)" "error page 1 503"
	assert_log not_retried:attempts
	port=$(free_port)
	retry curl -sS --local-port "$port" "$(url 503,200 b)" -o out
	assert_contains "$(cat out)" "answer 200"
}

@test "what a SOCKS proxy will refuse each time is asked for once" {
	local name
	name=$(printf 'a%.0s' {1..300})
	run retry curl -sS --socks5-hostname "127.0.0.1:$HTTP_PORT" "http://$name/" -o out
	assert_equal "$(events | grep -c retry)" 0
}

@test "a header that is too large for libcurl is asked for once" {
	"$PYTHON" - >port <<-'END' 3>&- &
		import socket
		listening = socket.create_server(("127.0.0.1", 0))
		print(listening.getsockname()[1], flush=True)
		listening.settimeout(60)
		for _ in range(5):
		    peer, _ = listening.accept()
		    peer.recv(65536)
		    try:
		        peer.sendall(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 1000 + b"\r\n")
		        for _ in range(600):
		            peer.sendall(b"X-Filler: " + b"x" * 1000 + b"\r\n")
		    except OSError:
		        pass
		    peer.close()
		    print("asked", flush=True)
	END
	until [ -s port ]; do sleep 0.05; done
	run retry curl -sS "http://127.0.0.1:$(head -n 1 port)/" -o out
	kill %1 || true
	[ "$status" -ne 0 ]
	assert_equal "$(events | grep -c retry)" 0
}

@test "a header without its blank line is what libcurl takes it for, and asked for once" {
	"$PYTHON" - >port <<-'END' 3>&- &
		import socket
		listening = socket.create_server(("127.0.0.1", 0))
		print(listening.getsockname()[1], flush=True)
		listening.settimeout(60)
		for _ in range(5):
		    peer, _ = listening.accept()
		    peer.recv(65536)
		    peer.sendall(b"HTTP/1.0 200 OK\r\nServer: x\r\nDate: y\r\n")
		    peer.close()
	END
	until [ -s port ]; do sleep 0.05; done
	retry curl -sS -T /etc/hostname "http://127.0.0.1:$(head -n 1 port)/" -o out
	kill %1 || true
	assert_log
}
