# SPDX-License-Identifier: MIT
#
# The log: its events in both formats, where it goes, and what it never says.

load helpers

setup_file() {
	start_server --proxy
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [OPTION]...
get() {
	retry curl -sS -o out "$(url "$1")" "${@:2}"
}

# text SCRIPT [OPTION]...: the same, its log as text in the file log, times replaced by T.
text() {
	CURLRETRY_LOG_FORMAT=text get "$@"
	sed 's/[0-9]*\.[0-9][0-9] s/T/g' log >lines
}

# --- text ---

@test "text: a retry and the recovery" {
	text 503,rst,200 -H "Connection: close"
	assert_file lines "curlretry: GET $(url 503,rst,200): 503; attempt 1 of 5 failed, next in T
curlretry: GET $(url 503,rst,200): CURLE_RECV_ERROR; attempt 2 of 5 failed, next in T
curlretry: GET $(url 503,rst,200): recovered on attempt 3 after T"
}

@test "text: a transfer that was given up" {
	CURLRETRY_ATTEMPTS=2 text 503
	assert_equal "$(tail -n 1 lines)" "curlretry: GET $(url 503): gave up after 2 attempts in T: 503"
}

@test "text: not retried, and why" {
	text 503 -d x
	assert_file lines "curlretry: POST $(url 503): 503; not retried: POST is not idempotent (see CURLRETRY_METHODS)"
	rm log
	for why in HOSTS='!127.0.0.1' MAX_TIME=1ms MODE=observe ATTEMPTS=1; do
		export "CURLRETRY_$why"
		text 503
		unset "CURLRETRY_${why%%=*}"
	done
	assert_equal "$(cut -d ';' -f 2 lines | grep -c '^ not retried: [^ ]')" 4
	rm log
	text 503~ra=3600
	assert_contains "$(cat lines)" "503; not retried: "
	assert_contains "$(cat lines)" "CURLRETRY_MAX_RETRY_AFTER"
}

# --- JSON ---

@test "JSON: each line parses, its keys in the contract's order, and says what it should" {
	get 503~ra=1,rst,200 -H "Connection: close"
	CURLRETRY_ATTEMPTS=2 retry curl -sS -o out "$(url 503 b)"
	retry curl -sS -o out "$(url 503 c)" -d x
	CURLRETRY_LOG_LEVEL=debug retry curl -sS -o out "$(url 200 d)"
	"$PYTHON" - log <<-'EOF'
		import json, re, sys
		order = ["ts", "pid", "program", "event", "transfer", "attempt", "attempts", "method", "url",
		         "status", "error", "why", "delay_ms", "retry_after_ms", "elapsed_ms", "bytes_kept"]
		events = []
		for line in open(sys.argv[1]):
		    event = json.loads(line)
		    keys = list(event)
		    assert keys == sorted(keys, key=order.index), keys
		    assert None not in event.values() and "" not in event.values(), event
		    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["ts"]), event["ts"]
		    assert event["program"] == "curl" and event["pid"] > 0 and event["transfer"] == 1
		    events.append(event)
		def of(*names):
		    return [tuple(event.get(name) for name in names) for event in events]
		assert of("event", "attempt", "attempts", "method", "status", "error", "why") == [
		    ("retry", 1, 5, "GET", 503, None, None),
		    ("retry", 2, 5, "GET", None, "CURLE_RECV_ERROR", None),
		    ("recovered", 3, 5, "GET", 200, None, None),
		    ("retry", 1, 2, "GET", 503, None, None),
		    ("gave_up", 2, 2, "GET", 503, None, "attempts"),
		    ("not_retried", 1, 5, "POST", 503, None, "method"),
		    ("transfer", 1, 5, "GET", 200, None, None),
		], of("event", "attempt", "attempts", "method", "status", "error", "why")
		assert events[0]["retry_after_ms"] == 1000 and events[0]["delay_ms"] >= 1000
		assert events[2]["elapsed_ms"] >= events[0]["delay_ms"] + events[1]["delay_ms"]
		assert all(("delay_ms" in event) == (event["event"] == "retry") for event in events)
	EOF
}

@test "JSON: transfers count up in a process" {
	retry curl -sS -o a "$(url 503,200 a)" -o b "$(url 503,200 b)"
	assert_equal "$(events transfer | paste -sd,)" 1,1,2,2
}

@test "JSON: the status of a proxy's refusal, and an error's name" {
	CURLRETRY_ATTEMPTS=2 run retry curl -sS -x "http://127.0.0.1:$PROXY_PORT" -p "http://127.0.0.1:1/"
	assert_equal "$(events status)" $'502\n502'
	CURLRETRY_ATTEMPTS=2 run retry curl -sS "http://127.0.0.1:1/"
	assert_equal "$(events error | tail -n 1)" CURLE_COULDNT_CONNECT
}

@test "JSON: the status of a response whose body broke off, whether its length was known or not" {
	for script in 200~len=5000~cut=0 200~len=5000~cut=2000 200~chunked~len=5000~cutchunked=2000; do
		CURLRETRY_ATTEMPTS=1 run retry curl -sS -o out "$(url "$script")"
		assert_status 18
	done
	assert_equal "$(events status)" $'200\n200\n200'
	assert_equal "$(events error | sort -u)" CURLE_PARTIAL_FILE
}

# --- levels ---

@test "levels: error is silent about retries, debug tells of every transfer" {
	CURLRETRY_LOG_LEVEL=error get 503,200
	assert_log
	CURLRETRY_LOG_LEVEL=debug retry curl -sS -o out "$(url 200 b)" "$(url 404 c)" -o out
	assert_log transfer transfer
	assert_equal "$(events status)" $'200\n404'
}

@test "a healthy process hears nothing from us" {
	CURLRETRY_LOG=stderr get 200 2>err
	CURLRETRY_LOG=stderr retry curl -sS -o out "$(url 404 b)" 2>>err
	assert_file err ""
}

# --- secrets ---

@test "neither user info, query, fragment, nor headers are ever logged" {
	local url=http://secretuser:secretpassword@127.0.0.1:$HTTP_PORT
	for format in text json; do
		export CURLRETRY_LOG_FORMAT=$format CURLRETRY_LOG_LEVEL=debug
		retry curl -sS -o out -H "Authorization: Bearer secrettoken" -b "a=secretcookie" \
			"$url/s/503~cookie=b:c,200/$(key)/$format?key=secretquery#secretfragment"
		retry curl -sS -o out -d secretbody "$url/s/503/$(key)/$format-post?secretquery"
		CURLRETRY_ATTEMPTS=2 run retry curl -sS "$url/s/rst/$(key)/$format?a=http://x/secretquery" -x \
			"http://secretproxy:secretproxypassword@127.0.0.1:$PROXY_PORT"
	done
	assert_contains "$(cat log)" "/$(key)/text:"
	assert_lacks "$(cat log)" secret
}

@test "control bytes from a method are escaped" {
	# libcurl refuses them in URLs of its own accord.
	get 503 -X $'GE\033[31mT\001"' || true
	CURLRETRY_LOG_FORMAT=text retry curl -sS -o out -X $'GE\033[31mT\001"' "$(url 503 b)" || true
	assert_equal "$(LC_ALL=C grep -c '[[:cntrl:]]' log)" 0
	[ -s log ]
}

@test "a line never exceeds 2,048 bytes, and a long URL is still one valid line" {
	local long
	long=$(head -c 5000 /dev/zero | tr '\0' a)
	for format in text json; do
		CURLRETRY_LOG_FORMAT=$format retry curl -sS -o out "$(url 503,200 "$format$long")"
	done
	assert_equal "$(awk 'length($0) > 2047' log | wc -l)" 0
	assert_equal "$(wc -l <log)" 4
	grep '^{' log | "$PYTHON" -c 'import json, sys; [json.loads(line) for line in sys.stdin]'
}

# --- sinks ---

@test "the default is text on standard error" {
	CURLRETRY_LOG='' CURLRETRY_LOG_FORMAT='' get 503,200 2>err
	assert_equal "$(grep -c '^curlretry: GET ' err)" 2
	assert_equal "$(wc -l <err)" 2
}

@test "none is silent" {
	CURLRETRY_LOG=none get 503,200 2>err
	assert_file err ""
	assert_requests 2
}

@test "a file is appended to" {
	echo before >log
	CURLRETRY_LOG_FORMAT=text get 503,200
	assert_equal "$(head -n 1 log)" before
	assert_equal "$(wc -l <log)" 3
}

@test "a file that cannot be opened harms nothing" {
	CURLRETRY_LOG=$PWD/no/such/folder/log CURLRETRY_BASE_DELAY=1ms CURLRETRY_MIN_DELAY=1ms \
		LD_PRELOAD=$BUILD/libcurlretry.so curl -sS -o out "$(url 503,200)" 2>err
	assert_file out "answer 200 /$(key)/x"
	assert_contains "$(cat err)" "$PWD/no/such/folder/log"
}

@test "many processes append to one file without mixing lines" {
	for i in {1..8}; do
		get 503,503,503,200 -o "out$i" "$(url 503,503,503,200 "y$i")" 3>&- &
	done
	wait
	"$PYTHON" -c 'import json, sys; [json.loads(line) for line in open("log")]'
}

@test "a line is one write" {
	# A pipe in packet mode: each read gives what one write gave.
	retry true
	"$PYTHON" - "$BUILD/libcurlretry.so" "$(url 503,503,200)" <<-'EOF'
		import os, subprocess, sys
		reading, writing = os.pipe2(os.O_DIRECT)
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_LOG_FORMAT="json",
		                   CURLRETRY_BASE_DELAY="1ms", CURLRETRY_MIN_DELAY="1ms")
		environment.pop("CURLRETRY_LOG", None)
		subprocess.run(["curl", "-sS", "-o", "out", sys.argv[2]], stderr=writing, env=environment, check=True)
		os.close(writing)
		packets = []
		while packet := os.read(reading, 65536):
		    packets.append(packet)
		assert len(packets) == 3, packets
		assert all(packet.startswith(b"{") and packet.endswith(b"}\n") for packet in packets), packets
	EOF
}

@test "syslog gets a line as a datagram" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make /dev/log"
	[ ! -e /dev/log ] && [ ! -L /dev/log ] || skip "there is a /dev/log already"
	"$PYTHON" - >got 3>&- <<-'EOF' &
		import os, socket
		log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		log.bind("/dev/log")
		log.settimeout(20)
		try:
		    for _ in range(2):
		        print(log.recv(4096).decode(), flush=True)
		finally:
		    os.unlink("/dev/log")
	EOF
	until [ -S /dev/log ]; do
		kill -0 $! || fail "nobody listens"
		sleep 0.01
	done
	CURLRETRY_LOG=syslog CURLRETRY_LOG_FORMAT=text get 503,200 2>err
	wait
	assert_file err ""
	# <user.warning>, and the program's name.
	assert_equal "$(grep -c "^<12>.* curl.*GET $(url 503,200): " got)" 2
}

@test "syslog without anyone listening harms nothing" {
	[ ! -e /dev/log ] || skip "there is a /dev/log"
	CURLRETRY_LOG=syslog get 503,200 2>err
	assert_file err ""
	assert_requests 2
}

# with_own_run COMMAND...: in a mount namespace whose /run is empty but for systemd/journal. Where
# need_mount_namespace has not skipped the test.
with_own_run() {
	# shellcheck disable=SC2016  # for the shell inside
	unshare --mount sh -c 'mount -t tmpfs run /run && mkdir -p /run/systemd/journal /run/log/journal && exec "$@"' sh "$@"
}

@test "the journal gets an entry with fields" {
	need_mount_namespace
	cat >listen.py <<-'EOF'
		import socket, subprocess, sys
		journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		journal.bind("/run/systemd/journal/socket")
		journal.settimeout(20)
		subprocess.run(sys.argv[1:], check=True)
		for _ in range(2):
		    print(journal.recv(65536).decode(), end="--\n")
	EOF
	CURLRETRY_LOG=journal CURLRETRY_LOG_FORMAT=text with_own_run "$PYTHON" listen.py "$BUILD/curlretry" \
		--base-delay=10ms --min-delay=1ms curl -sS -o out "$(url 503,200)" >got 2>err
	assert_file err ""
	assert_equal "$(sed -E 's/_MS=[0-9]+/_MS=N/; s/(in|after) [0-9.]+ s/\1 N s/' got)" "$(
		cat <<-EOF
			MESSAGE=curlretry: GET $(url 503,200): 503; attempt 1 of 5 failed, next in N s
			PRIORITY=4
			SYSLOG_IDENTIFIER=curl
			CURLRETRY_PROGRAM=curl
			CURLRETRY_EVENT=retry
			CURLRETRY_TRANSFER=1
			CURLRETRY_ATTEMPT=1
			CURLRETRY_ATTEMPTS=5
			CURLRETRY_METHOD=GET
			CURLRETRY_URL=$(url 503,200)
			CURLRETRY_STATUS=503
			CURLRETRY_DELAY_MS=N
			CURLRETRY_ELAPSED_MS=N
			--
			MESSAGE=curlretry: GET $(url 503,200): recovered on attempt 2 after N s
			PRIORITY=4
			SYSLOG_IDENTIFIER=curl
			CURLRETRY_PROGRAM=curl
			CURLRETRY_EVENT=recovered
			CURLRETRY_TRANSFER=1
			CURLRETRY_ATTEMPT=2
			CURLRETRY_ATTEMPTS=5
			CURLRETRY_METHOD=GET
			CURLRETRY_URL=$(url 503,200)
			CURLRETRY_STATUS=200
			CURLRETRY_ELAPSED_MS=N
			--
		EOF
	)"
}

@test "systemd's own journald takes it, and finds it by its fields" {
	need_mount_namespace
	skip_without journalctl
	[ -x /lib/systemd/systemd-journald ] || skip "there is no systemd-journald"
	cat >journal.sh <<-'EOF'
		timeout 60 /lib/systemd/systemd-journald >/dev/null 2>&1 3>&- &
		daemon=$!
		until [ -S /run/systemd/journal/socket ]; do kill -0 "$daemon" || exit 77; done
		"$@"
		until journalctl --no-pager -o json CURLRETRY_EVENT=recovered | grep -q MESSAGE; do kill -0 "$daemon" || exit 1; done
		journalctl --no-pager -o json -t curl
		kill "$daemon"
	EOF
	CURLRETRY_LOG=journal run with_own_run sh journal.sh "$BUILD/curlretry" --base-delay=10ms --min-delay=1ms \
		curl -sS -o out "$(url 503,200)"
	[ "$status" -ne 77 ] || skip "systemd-journald does not run here"
	assert_status 0
	assert_equal "$(jq -r '[.CURLRETRY_EVENT, .CURLRETRY_STATUS, .PRIORITY, .SYSLOG_IDENTIFIER] | join(" ")' <<<"$output")" \
		$'retry 503 4 curl\nrecovered 200 4 curl'
}

@test "without a journal nothing is logged and nothing harmed" {
	need_mount_namespace
	CURLRETRY_LOG=journal run with_own_run "$BUILD/curlretry" --base-delay=10ms --min-delay=1ms curl -sS -o out "$(url 503,200)"
	assert_equal "$status $output" "0 "
	assert_requests 2
}

# --- standard error that is not there ---

@test "standard error closed: the transfer works and no file of the program's gets a line" {
	CURLRETRY_LOG=stderr CURLRETRY_LOG_FORMAT=text get 503,200 -D head 2>&-
	assert_file out "answer 200 /$(key)/x"
	assert_lacks "$(cat head)" curlretry
}

@test "all three standard descriptors closed: the transfer works and no file gets a line" {
	CURLRETRY_LOG=stderr CURLRETRY_LOG_FORMAT=text get 503,200 -D head -c jar <&- >&- 2>&-
	assert_file out "answer 200 /$(key)/x"
	assert_lacks "$(cat head jar)" curlretry
}

@test "a reader of standard error that has gone does not kill the program" {
	CURLRETRY_LOG=stderr "$PYTHON" - "$BUILD/libcurlretry.so" "$(url 503,503,200)" <<-'EOF'
		import os, signal, subprocess, sys
		reading, writing = os.pipe()
		os.close(reading)
		signal.signal(signal.SIGPIPE, signal.SIG_DFL)
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_BASE_DELAY="1ms",
		                   CURLRETRY_MIN_DELAY="1ms")
		sys.exit(subprocess.run(["curl", "-s", "-o", "out", sys.argv[2]], stderr=writing,
		                        env=environment, restore_signals=True).returncode)
	EOF
	assert_file out "answer 200 /$(key)/x"
}

@test "a file that gets the number of a standard error closed before the first call is the program's" {
	CURLRETRY_LOG=stderr "$PYTHON" - "$BUILD/libcurlretry.so" "$(url 503,200)" 2>&- <<-'EOF'
		import os, subprocess, sys
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_BASE_DELAY="1ms",
		                   CURLRETRY_MIN_DELAY="1ms")
		# The shell keeps number 2 free; curl's first file takes it.
		subprocess.run(["sh", "-c", 'exec curl -s "$1" -o out -D head 2>&-', "sh", sys.argv[2]],
		               env=environment, check=True)
	EOF
	assert_lacks "$(cat out head)" curlretry
}

@test "a service whose standard descriptors are one socket has no line of ours in its conversation" {
	CURLRETRY_LOG=stderr "$PYTHON" - "$BUILD/libcurlretry.so" "$(url 503,200)" >got <<-'EOF'
		import os, socket, subprocess, sys
		ours, theirs = socket.socketpair()
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_BASE_DELAY="1ms",
		                   CURLRETRY_MIN_DELAY="1ms")
		subprocess.run(["curl", "-s", sys.argv[2]], stdin=theirs, stdout=theirs, stderr=theirs,
		               env=environment, check=True)
		theirs.close()
		print(ours.recv(65536).decode())
	EOF
	assert_file got "answer 200 /$(key)/x"
}

@test "a standard error that nobody reads never stops the program" {
	CURLRETRY_LOG=stderr CURLRETRY_LOG_FORMAT=json "$PYTHON" - "$BUILD/libcurlretry.so" "$(url 503,200)" <<-'EOF'
		import os, subprocess, sys
		reading, writing = os.pipe()
		os.set_blocking(writing, False)
		try:
		    while True:
		        os.write(writing, b"x" * 4096)
		except BlockingIOError:
		    os.set_blocking(writing, True)
		def run(n):
		    subprocess.run(["curl", "-s"] + [part for i in range(n) for part in ("-o", "out", sys.argv[2] + str(i))],
		                   stderr=writing, env=environment, check=True, timeout=60)
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_BASE_DELAY="1ms",
		                   CURLRETRY_MIN_DELAY="1ms")
		run(3)
	EOF
}

@test "the same holds before Linux 6.5, which writes to no pipe without waiting, and a line is one write" {
	skip_without strace
	[ -z "${EMULATED:-}" ] || skip "strace does not run under $EMULATED"
	cat >program.py <<-'END'
		import os, subprocess, sys
		environment = dict(os.environ, LD_PRELOAD=sys.argv[1], CURLRETRY_BASE_DELAY="1ms",
		                   CURLRETRY_MIN_DELAY="1ms", CURLRETRY_LOG="stderr", CURLRETRY_LOG_FORMAT="json")
		def transfer(name, writing):
		    subprocess.run(["curl", "-s", "-o", name, sys.argv[2] + name], stderr=writing, env=environment,
		                   check=True, timeout=60)
		reading, writing = os.pipe2(os.O_DIRECT)
		os.set_blocking(reading, False)
		transfer("read", writing)
		assert os.read(reading, 65536).endswith(b"}\n")
		os.set_blocking(writing, False)
		try:
		    while True:
		        os.write(writing, b"x" * 4096)
		except BlockingIOError:
		    os.set_blocking(writing, True)
		transfer("full", writing)
		os.close(reading)
		transfer("closed", writing)
	END
	timeout "$PATIENCE" strace -f -qq -o calls -e trace=pwritev2,splice -e inject=pwritev2:error=EOPNOTSUPP \
		"$PYTHON" program.py "$BUILD/libcurlretry.so" "$(url 503,200 '')"
	[ "$(grep -c INJECTED calls)" -ge 3 ]
	assert_requests 6
}

@test "a SIGPIPE of ours is gone when a call returns, and one of the program's still there" {
	local own
	skip_without_module pycurl
	cat >program.py <<-'END'
		import os, pycurl, signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGPIPE})
		if sys.argv[2]:
		    os.kill(os.getpid(), signal.SIGPIPE)
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		curl.perform()
		print(curl.getinfo(pycurl.RESPONSE_CODE), signal.SIGPIPE in signal.sigpending())
	END
	for own in '' own; do
		"$PYTHON" - "$BUILD/curlretry" "$PYTHON" program.py "$(url 503,200 "x$own")" "$own" >out <<-'END'
			import os, subprocess, sys
			reading, writing = os.pipe()
			os.close(reading)
			environment = dict(os.environ, CURLRETRY_LOG="stderr", CURLRETRY_BASE_DELAY="1ms", CURLRETRY_MIN_DELAY="1ms")
			subprocess.run(sys.argv[1:], stderr=writing, env=environment, check=True)
		END
		assert_file out "200 $([ -n "$own" ] && echo True || echo False)"
	done
}

# --- a small stack ---

@test "a thread with us, its log included, uses less than 2 KiB of stack more than without" {
	local without with
	without=$("$BUILD/tests/stack" "$(url 503)")
	for format in text json; do
		with=$(CURLRETRY_LOG_FORMAT=$format retry "$BUILD/tests/stack" "$(url 503,200 $format)")
		[ "$with" -lt $((without + 2048)) ]
	done
	[ -s log ]
}

# --- a policy that is wrong ---

@test "the bare library says a bad setting in one line and the program runs as without us" {
	CURLRETRY_ATTEMPTS=0 LD_PRELOAD=$BUILD/libcurlretry.so curl -sS "$(url 503,200)" -o out 2>err
	assert_file out "error page 1 503 /$(key)/x"
	assert_equal "$(wc -l <err)" 1
	assert_contains "$(cat err)" "curlretry: "
	assert_contains "$(cat err)" "CURLRETRY_ATTEMPTS"
}

@test "a bad setting is said where the log goes, wherever it stands in the environment" {
	env -i CURLRETRY_ATTEMPTS=0 CURLRETRY_LOG="$PWD/log" CURLRETRY_LOG_FORMAT=json LD_PRELOAD="$BUILD/libcurlretry.so" \
		curl -sS "$(url 200 a)" "$(url 200 b)" >out 2>err
	env -i CURLRETRY_LOG="$PWD/log" CURLRETRY_LOG_FORMAT=json CURLRETRY_ATTEMPTS=0 LD_PRELOAD="$BUILD/libcurlretry.so" \
		curl -sS "$(url 200 a)" "$(url 200 b)" >out 2>>err
	assert_file err ""
	assert_equal "$(events event)" $'bad_policy\nbad_policy'
}

@test "the bare library goes by the machine's file" {
	need_mount_namespace
	with_policy_file $'CURLRETRY_ATTEMPTS=2\nCURLRETRY_BASE_DELAY=1ms' env LD_PRELOAD="$BUILD/libcurlretry.so" \
		curl -sS "$(url 503)" -o out 2>err
	assert_contains "$(cat err)" "gave up after 2 attempts"
}

@test "a bad setting is said where the machine's file has the log go, wherever either stands" {
	need_mount_namespace
	local to="CURLRETRY_LOG=$PWD/log"$'\nCURLRETRY_LOG_FORMAT=json'
	with_policy_file $'CURLRETRY_ATTEMPTS=0\n'"$to" env LD_PRELOAD="$BUILD/libcurlretry.so" \
		curl -sS "$(url 200 a)" >out 2>err
	CURLRETRY_ATTEMPTS=0 with_policy_file "$to" env LD_PRELOAD="$BUILD/libcurlretry.so" \
		curl -sS "$(url 200 a)" >out 2>>err
	assert_file err ""
	assert_equal "$(events event)" $'bad_policy\nbad_policy'
	assert_contains "$(events why | head -n 1)" "/etc/curlretry.conf:1: CURLRETRY_ATTEMPTS"
}
