# SPDX-License-Identifier: MIT
#
# curlretry --report: a trace as text and as HAR. page.bats has the page.

load helpers
load report/helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# small: transfer 1 is ok, 2 recovers on its third attempt, 3 is lost, 4 is a 404, 5 still waits.
small() {
	attempt
	attempt transfer=2 status=503 decision='"retry"' delay_ms=700 url='"http://b.example/x"' sent=10
	attempt transfer=2 ts='"2026-11-27T08:00:00.731Z"' attempt=2 status=null error='"CURLE_COULDNT_CONNECT"' \
		decision='"retry"' delay_ms=1300 turn_ms=200 url='"http://b.example/x"' times_us='{dns: 50, total: 90}' received=0
	attempt transfer=2 ts='"2026-11-27T08:00:02.031Z"' attempt=3 decision='"recovered"' url='"http://b.example/x"'
	attempt transfer=3 status=500 decision='"not_retried"' why='"method"' method='"POST"'
	attempt transfer=4 status=404
	attempt transfer=5 pid=8 status=503 decision='"retry"' delay_ms=60000
}

# report [OPTION]...: of the file "trace", to "out".
report() {
	"$BUILD/curlretry" --report trace "$@" >out
}

# total NAME: the number in the summary's line, and what it says.
total() {
	sed -n "s/^  $1  *//p" out | tr -s ' '
}

@test "the summary counts transfers, attempts, waits and bytes" {
	small >trace
	report
	assert_equal "$(total transfers)" "5 1 ok, 1 recovered, 1 lost, 1 failed for good, 1 unfinished"
	assert_equal "$(total attempts)" "7 2 after the first"
	assert_equal "$(total waited)" "1 m 02 s between attempts, 200 ms of it for a turn"
	assert_equal "$(total received)" "600 B of bodies, 10 B sent"
	assert_equal "$(total lines)" "7 read"
	assert_contains "$(cat out)" "2026-11-27 08:00:00 to 08:00:02 UTC, 2.06 s"
}

@test "a fault on purpose is told from the others, in each form" {
	attempt status=503 decision='"retry"' delay_ms=700 injected='"503"' >trace
	attempt attempt=2 ts='"2026-11-27T08:00:02.031Z"' decision='"recovered"' >>trace
	report
	assert_equal "$(total attempts)" "2 1 after the first, 1 with a fault on purpose"
	report --as=har
	assert_equal "$(jq -r '.log.entries[] | .comment | contains("a fault on purpose")' out | tr '\n' ' ')" "true false "
}

@test "each host has its row" {
	small >trace
	report
	assert_equal "$(sed -n '/^Hosts/,/^$/p' out | tr -s ' ' | sed -n '3,4p')" \
		$'api.example.com 4 4 0 1 1 m 00 s 31 ms\nb.example 1 3 1 0 2.00 s 2.06 s'
}

@test "the slowest and the most repeated are listed, with how each attempt ended" {
	small >trace
	report
	assert_equal "$(sed -n '/^Slowest/,/^$/p' out | sed -n 2p | tr -s ' ')" " 2.06 s 503 connect 200 GET http://b.example/x"
	assert_equal "$(sed -n '/^Most/,/^$/p' out | sed -n 2p | tr -s ' ')" " 3 attempts 503 connect 200 GET http://b.example/x"
	generate --transfers 400 --length 40 >trace
	report
	assert_equal "$(sed -n '/^Slowest/,/^$/p' out | grep -c ://)" 10
	assert_equal "$(sed -n '/^Most/,/^$/p' out | grep -c ://)" 10
}

# bars: those of the waterfall, a line each.
bars() {
	sed -n '/^Waterfall/,$p' out | grep -E '^([0-9:]{8} )?(GET|POST|PUT) '
}

@test "a bar has the parts of its request in their order, a point for a wait and a cross for each failure" {
	attempt times_us='{dns: 20000, connect: 20000, tls: 20000, send: 20000, wait: 20000, receive: 20000, total: 120000}' >trace
	report
	assert_equal "$(bars | grep -oE 'd+c+t+s+w+=+')" dddddcccccctttttssssswwwwww=====
	small >trace
	report
	local bar
	bar=$(bars | grep b.example/x)
	assert_contains "$bar" " twwx.700ms.x.1.30s.tww= "
	assert_equal "$(bars | grep -c 200)" 2
	assert_contains "$(bars)" waits
	# An error lasts as long as the phase in which it happened.
	attempt error='"CURLE_OPERATION_TIMEDOUT"' status=null times_us='{dns: 1000, total: 1000000}' \
		decision='"gave_up"' >trace
	report
	[[ $(bars) =~ \ c{20,}x\ +timeout ]] || fail "$(bars)"
}

@test "what stands side by side on one axis began at the same time, and idle hours are cut out" {
	{
		attempt times_us='{wait: 1000000, total: 1000000}'
		attempt transfer=2 ts='"2026-11-27T08:00:00.500Z"' times_us='{receive: 500000, total: 500000}'
		attempt transfer=3 ts='"2026-11-27T11:00:00.000Z"' times_us='{tls: 1000000, total: 1000000}'
	} >trace
	report
	local rows
	mapfile -t rows < <(bars | cut -c 28-60)
	assert_equal "${rows[0]}" "wwwwwwwwwwwwwww|                 "
	assert_equal "${rows[1]}" "        =======|                 "
	assert_equal "${rows[2]}" "               |ttttttttttttttt  "
	assert_contains "$(cat out)" " 08:00:00        11:00:00"
}

@test "no line is longer than the terminal is wide" {
	generate --transfers 60 >trace
	local columns locale
	for locale in C C.UTF-8; do
		for columns in 80 81 97 132 250; do
			LC_ALL=$locale COLUMNS=$columns report
			[ "$(LC_ALL=C.UTF-8 wc -L <out)" -le "$columns" ] || fail "wider than $columns in $locale" "$(cat out)"
		done
	done
}

# on_terminal COLUMNS COMMAND [ARG]...: what COMMAND writes to a terminal of that width.
on_terminal() {
	"$PYTHON" - "$@" <<-'EOF'
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if not pid:
		    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
		    os.execvp(sys.argv[2], sys.argv[2:])
		while True:
		    try:
		        piece = os.read(fd, 65536)
		    except OSError:
		        break
		    if not piece:
		        break
		    sys.stdout.buffer.write(piece)
	EOF
}

@test "a terminal gets colours and its width, a pipe and NO_COLOR get neither" {
	small >trace
	report
	assert_lacks "$(cat out)" $'\e'
	TERM=xterm COLUMNS=80 on_terminal 160 "$BUILD/curlretry" --report trace >out
	assert_contains "$(cat out)" $'\e[32m'
	grep -qE '^transfers|^ {100,}.*transfers' <(sed 's/\x1b\[[0-9]*m//g' out) || fail "not 160 wide"
	NO_COLOR=1 TERM=xterm on_terminal 160 "$BUILD/curlretry" --report trace >out
	assert_lacks "$(cat out)" $'\e'
	TERM=dumb on_terminal 160 "$BUILD/curlretry" --report trace >out
	assert_lacks "$(cat out)" $'\e'
}

@test "the locale decides between UTF-8 and ASCII" {
	small >trace
	LC_ALL=C.UTF-8 report
	assert_contains "$(cat out)" ✗
	assert_contains "$(cat out)" "━"
	LC_ALL=C report
	! LC_ALL=C grep -q '[^ -~]' out || fail "$(LC_ALL=C grep '[^ -~]' out)"
}

@test "nothing that a terminal would obey comes out of a trace" {
	local evil='"http://h.example/\u001b[2J\u009b31m\r\n\u0007\u202e\u200bé中…\u0000x"'
	{
		attempt url="$evil" method='"\u001b]0;x\u0007"' error='"\u001b[1m"' why='"\u001b[1m"' program='"\u001b[1m"'
		attempt transfer=2 url='"\u001b[31m://\u001b[31m/"' decision='"retry"' attempt=1 delay_ms=1
	} >trace
	local locale
	for locale in C C.UTF-8; do
		LC_ALL=$locale COLUMNS=300 report
		! LC_ALL=C.UTF-8 grep -qP '[^\P{C}\n]|\x{202e}|\x{200b}' out || fail "$(cat -v out)"
		assert_contains "$(cat out)" '/\x1b[2J\xc2\x9b31m\x0d\x0a\x07\xe2\x80\xae\xe2\x80\x8b'
	done
	assert_contains "$(cat out)" '\x8bé\xe4\xb8\xad…\x00x'
}

@test "garbage, lines of other versions and a cut end are counted, said, and passed over" {
	{
		attempt
		printf 'garbage\n\n[1]\n\x00\x01\n"text"\n{"a":\n'
		printf '{"event":"retry"}\n'
		attempt status='"200"'
		attempt decision='"pondered"'
		attempt ts='"yesterday"'
		attempt request_headers='{"a": "b"}'
		attempt pid=null
		attempt transfer=2 news='{"a": [1]}'
		head -c 3000000 /dev/zero | tr '\0' x
		echo
		attempt transfer=3 | head -c 100
	} >trace
	report
	assert_equal "$(total lines)" "15 13 skipped: 6 no JSON, 6 of another version, 1 cut off at the end"
	assert_equal "$(total transfers)" "2 2 ok"
	local form
	for form in html har; do
		run -0 --separate-stderr "$BUILD/curlretry" --report trace --as=$form
		assert_equal "${stderr:?}" \
			"curlretry: 13 of 15 lines skipped: 6 no JSON, 6 of another version, 1 cut off at the end"
	done
}

@test "a last line is whole though its newline is missing" {
	{ attempt; attempt transfer=2 | tr -d '\n'; } >trace
	report
	assert_equal "$(total lines)" "2 read"
	assert_equal "$(total transfers)" "2 2 ok"
}

@test "a trace comes from standard input too, in pieces" {
	small >trace
	local size whole
	whole=$(report && sed 1d out)
	# Not through one write: as a pipe brings it.
	for size in 7 64 100000; do
		dd if=trace ibs=$size obs=$size status=none | "$BUILD/curlretry" --report - >out
		assert_equal "$(sed 1d out)" "$whole"
	done
	assert_contains "$(head -n 1 out)" "standard input"
}

@test "a process's number that is used again is another transfer, a resumed one goes on" {
	{
		attempt status=503 decision='"retry"' delay_ms=5
		attempt attempt=2 decision='"recovered"'
		attempt
		attempt status=503 decision='"retry"' delay_ms=5
		attempt
		attempt transfer=2 error='"CURLE_PARTIAL_FILE"' attempt=4 decision='"resume"' delay_ms=5
		attempt transfer=2 error='"CURLE_PARTIAL_FILE"' attempt=1 decision='"resume"' delay_ms=5
		attempt transfer=2 attempt=1 decision='"recovered"'
		attempt program='"git"'
	} >trace
	report
	assert_equal "$(total transfers)" "6 3 ok, 2 recovered, 1 unfinished"
	assert_contains "$(cat out)" "partialx2 200"
}

@test "--since leaves out what was over before" {
	local now
	now=$(date +%s)
	{
		attempt ts="$((now - 7200)) | todate[:-1] + \".000Z\""
		attempt transfer=2 ts="$((now - 3700)) | todate[:-1] + \".000Z\"" status=503 decision='"retry"' delay_ms=3650000
		attempt transfer=3 ts="$((now - 10)) | todate[:-1] + \".000Z\""
		attempt transfer=2 ts="$((now - 50)) | todate[:-1] + \".000Z\"" attempt=2 decision='"recovered"'
	} >trace
	report --since=1h
	assert_equal "$(total transfers)" "2 1 ok, 1 recovered"
	assert_equal "$(total attempts)" "3 1 after the first"
	"$BUILD/curlretry" --since=1h --as=har --report=trace >har
	assert_equal "$(jq '.log.entries | length' har)" 3
	report --since=3h
	assert_equal "$(total transfers)" "3 2 ok, 1 recovered"
	# In the page stands nothing of what was left out.
	attempt url='"http://gone.example/"' ts="$((now - 7200)) | todate[:-1] + \".000Z\"" pid=9 >>trace
	report --since=1h --as=html
	assert_lacks "$(cat out)" gone.example
}

@test "a trace without attempts is reported as such" {
	: >trace
	report
	assert_equal "$(total transfers)" "0 "
	assert_equal "$(total lines)" "0 read"
	report --as=har
	assert_equal "$(jq -c .log.entries out)" "[]"
	report --as=html
}

# refused TEXT [ARG]...: the launcher fails with one line that has TEXT, and prints nothing.
refused() {
	run --separate-stderr "$BUILD/curlretry" "${@:2}"
	assert_status 125
	assert_equal "$output" ""
	assert_equal "$(wc -l <<<"${stderr:?}")" 1 "lines of: $stderr"
	assert_contains "$stderr" "$1"
}

@test "what cannot be reported is refused in a line" {
	: >trace
	refused "option --report wants a value" --report
	refused '"none": No such file' --report none
	refused 'Is a directory' --report .
	refused 'bad value "xml" (allowed: text, html, har)' --report trace --as=xml
	refused 'bad value "soon"' --report trace --since=soon
	refused 'bad value "0"' --report trace --since=0
	refused 'wants one file' --report trace other
	refused 'go with --report' --as=html true
	refused 'go with --report' --since=1h --show
	CURLRETRY_JITTER=x refused CURLRETRY_JITTER --report trace --as=html
	CURLRETRY_JITTER=x report
}

@test "a report that cannot be written is not taken for one" {
	[ -e /dev/full ] || skip "no /dev/full"
	small >trace
	local form
	for form in text html har; do
		run -125 --separate-stderr sh -c 'exec "$@" >/dev/full' sh "$BUILD/curlretry" --report trace --as=$form
		assert_contains "${stderr:?}" "standard output"
	done
}

@test "HAR has an entry for each attempt, with all that HAR 1.2 asks for" {
	generate --transfers 200 >trace
	attempt url='"api.example.com/a b?q=…&k=v&x#f%zz"' transfer=900 remote='"[::1%eth0]:443"' local='"::1:9"' >>trace
	attempt url=null method=null status=null transfer=901 http_version='"3"' >>trace
	report --as=har
	assert_equal "$(jq '.log.entries | length' out)" "$(wc -l <trace)"
	jq -e '.log.version == "1.2" and (.log.creator | has("name") and has("version"))' out
	jq -e '.log.entries | all(has("startedDateTime") and has("cache") and
		(.time | type) == "number" and .time >= 0 and
		(.request | has("method") and has("url") and has("httpVersion") and has("cookies") and has("headers") and
			has("queryString") and has("headersSize") and has("bodySize")) and
		(.response | has("status") and has("statusText") and has("httpVersion") and has("cookies") and
			has("headers") and has("redirectURL") and has("headersSize") and has("bodySize") and
			(.content | has("size") and has("mimeType"))) and
		(.timings | .send >= 0 and .wait >= 0 and .receive >= 0))' out
	# Phases make up the whole; the TLS handshake is within "connect".
	jq -e '.log.entries | all((.timings | [.blocked, .dns, .connect, .send, .wait, .receive] |
		map(select(. > 0)) | add // 0) - .time | fabs < 0.01)' out
	jq -e '.log.entries | [.[].startedDateTime] | . == sort' out
	jq -e '.log.entries[] | select(.request.url == "http://api.example.com/a%20b?q=%E2%80%A6&k=v&x#f%25zz") |
		.request.queryString == [{name: "q", value: "%E2%80%A6"}, {name: "k", value: "v"}, {name: "x", value: ""}] and
		(has("serverIPAddress") | not)' out
}

@test "HAR tells an attempt's headers, times, wait and error" {
	{
		attempt status=503 decision='"retry"' delay_ms=1340 turn_ms=340 http_version='"2"' remote='"192.0.2.1:443"' \
			local='"10.0.0.2:50000"' redirects=1 times_us='{dns: 1000, connect: 2000, tls: 3000, wait: 4000, total: 11500}' \
			request_headers='[[":request", "GET /a HTTP/2"], ["A", "1"], [":request", "GET /b HTTP/2"], ["B", "</script>"]]' \
			response_headers='[[":status", "HTTP/2 302 Found"], ["Location", "/b"], [":status", "HTTP/2 503 Not now"],
				["Content-Type", "text/html"]]'
		attempt ts='"2026-11-27T08:00:01.000Z"' attempt=2 status=null error='"CURLE_GOT_NOTHING"' decision='"gave_up"' \
			why='"attempts"'
	} >trace
	report --as=har
	assert_equal "$(jq -c '.log.entries[0] | [.request.headers, .response.status, .response.statusText,
		.response.httpVersion, .response.content.mimeType, .response.redirectURL, .serverIPAddress, .connection]' out)" \
		'[[{"name":"B","value":"</script>"}],503,"Not now","HTTP/2","text/html","","192.0.2.1","50000"]'
	jq -e '.log.entries[0].timings == {blocked: 1.5, dns: 1, connect: 5, ssl: 3, send: 0, wait: 4, receive: 0}' out
	assert_equal "$(jq -r '.log.entries[].comment' out)" \
		"attempt 1 of 2, retry, then a wait of 1.34 s, 340 ms of it for a turn; after 1 redirect
attempt 2 of 2, gave_up"
	assert_equal "$(jq -c '.log.entries[1] | [.response.status, .response._error, ._why, ._attempt]' out)" \
		'[0,"CURLE_GOT_NOTHING","attempts",2]'
	assert_lacks "$(cat out)" "</script>"
}

# need_har_validator: NODE_PATH leads to it, from Debian or from the npm registry.
need_har_validator() {
	skip_without node
	export NODE_PATH=/usr/share/nodejs:$BUILD/npm/node_modules
	node -e 'require("har-validator")' 2>/dev/null && return
	skip_without npm
	timeout 120 npm install --silent --no-save --no-audit --no-fund --prefix "$BUILD/npm" har-validator >/dev/null 2>&1 ||
		skip "npm has no har-validator for us"
}

@test "HAR validates" {
	need_har_validator
	generate --transfers 300 >trace
	{
		small
		attempt url='"api.example.com/a b?q=…&k=v&x#f%zz[]"' transfer=900 remote='"[::1%eth0]:443"' local='"::1:9"'
		attempt url='"ftp://[2001:db8::1]/"' transfer=902 remote='"[2001:db8::1]:21"'
		attempt url=null method=null status=null transfer=901 times_us=null sent=null received=null
	} >>trace
	report --as=har
	run -0 node "$REPO/tests/report/har.js" out
	# It does find what is wrong.
	jq 'del(.log.entries[3].timings)' out >bad
	run -1 node "$REPO/tests/report/har.js" bad
}

@test "the line that docs/trace.md shows is one" {
	sed -n '/^```$/,/^```$/p' "$REPO/docs/trace.md" | grep -v '^```' | tr -d '\n' >trace
	report
	assert_equal "$(total lines)" "1 read"
	assert_equal "$(jq -c 'keys_unsorted' trace)" \
		'["ts","pid","program","transfer","attempt","method","url","http_version","status","remote","local","reused","times_us","sent","received","request_headers","response_headers","decision","delay_ms","redirects"]'
}

@test "what the shim traces is what the report tells" {
	export CURLRETRY_TRACE=$PWD/trace
	retry curl -fsS "$(url 503,rst,200~len=5000 a)" -o /dev/null
	retry curl -sSL "$(url 302~to=503%2C200 b)" -o /dev/null
	retry curl -sS -d body "$(url 503 c)" -o /dev/null
	run -7 retry curl -sS "http://127.0.0.1:$(free_port)/" -o /dev/null
	unset CURLRETRY_TRACE
	report
	assert_equal "$(total transfers)" "4 2 recovered, 2 lost"
	assert_equal "$(total lines)" "$(wc -l <trace) read"
	assert_contains "$(cat out)" "connectx5"
	report --as=har
	assert_equal "$(jq -c '[.log.entries[].response.status] | sort' out)" \
		"$(jq -c '.status // 0' trace | jq -sc sort)"
	jq -e '.log.entries[0].request.headers | any(.name == "Host")' out
}
