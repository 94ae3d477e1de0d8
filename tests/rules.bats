# SPDX-License-Identifier: MIT
#
# Rules in a file: by host and program, changed while programs run.

load helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export CURLRETRY_CONFIG=$BATS_TEST_TMPDIR/rules
}

rules() {
	printf '%s\n' "$@" >"$CURLRETRY_CONFIG.new"
	mv "$CURLRETRY_CONFIG.new" "$CURLRETRY_CONFIG"
}

# sent NAME: how many requests had it for their URL's last part.
sent() {
	ledger path | grep -c "/$1\$"
}

# refused TEXT...: the launcher refuses the file, with status 125 and one line that has each TEXT.
refused() {
	local text
	run --separate-stderr "$BUILD/curlretry" true
	assert_status 125
	# shellcheck disable=SC2154  # bats sets it, and stderr
	[ ${#stderr_lines[@]} -eq 1 ] || fail "not one line: $stderr"
	for text; do
		assert_contains "$stderr" "$text"
	done
}

shown() {
	"$BUILD/curlretry" --show "$@" | sed -n 's/^CURLRETRY_//; s/  */ /gp'
}

# --- what applies ---

@test "a host's section decides for its transfers, and for no others" {
	rules '[host 127.0.0.1]' 'attempts = 2' '[host localhost]' 'attempts = 3'
	run retry curl -sS -f -o out "$(url 503,503,503,200 a)"
	assert_status 22
	assert_equal "$(sent a)" 2
	retry curl -sS -f -o out "$(url 503,503,200 b | sed s/127.0.0.1/localhost/)"
	assert_equal "$(sent b)" 3
}

@test "a section goes by the URL that the program set, wherever it is redirected" {
	rules 'attempts = 1' '[host localhost]' 'attempts = 3'
	retry curl -sS -fL -o out "$(url 302~to=503%2C200 a | sed s/127.0.0.1/localhost/)"
	assert_log retry recovered
}

@test "a URL handle's host decides, and a port that the program has set" {
	rules '[host 127.0.0.1]' 'attempts = 2' '[host other.example]' 'attempts = 1'
	run retry "$BUILD/tests/url_handle" "$(url 503,503,200 a)" http://other.example/
	assert_equal "$output" "0 503"
	assert_equal "$(sent a)" 2
	rules "[host 127.0.0.1:$HTTP_PORT]" 'attempts = 3'
	run retry "$BUILD/tests/url_handle" "$(url 503,503,200 b)" http://other.example/
	assert_equal "$output" "0 200"
}

@test "a program's section decides in that program" {
	rules '[program curl]' 'attempts = 2' '[program other*]' 'attempts = 1'
	run retry curl -sS -f -o out "$(url 503,503,200)"
	assert_status 22
	assert_requests 2
}

@test "a timeout for a host is imposed from the first attempt on, and a key given" {
	rules '[host 127.0.0.1]' 'idempotency-key = on'
	retry curl -sS -f -d x -o out "$(url 503,200)"
	assert_equal "$(ledger headers.idempotency-key | sort -u | wc -l)" 1
	assert_lacks "$(ledger headers.idempotency-key)" "-
"
	assert_requests 2
}

@test "the environment wins over the file, and an option over both" {
	rules '[host 127.0.0.1]' 'attempts = 2'
	CURLRETRY_ATTEMPTS=3 run retry curl -sS -f -o out "$(url 503,503,503,503,200 a)"
	assert_equal "$(sent a)" 3
	CURLRETRY_ATTEMPTS=3 run retry -n 4 curl -sS -f -o out "$(url 503,503,503,503,200 b)"
	assert_equal "$(sent b)" 4
}

@test "a host can be left alone, or be the only one that is not" {
	rules '[host 127.0.0.1]' 'mode = off'
	run retry curl -sS -f -o out "$(url 503,200 a)"
	assert_status 22
	rules 'mode = off' '[host 127.0.0.1]' 'mode = on'
	retry curl -sS -f -o out "$(url 503,200 b)"
	assert_equal "$(sent b)" 2
}

# --- live ---

# A program that fetches each line of its input, in one process, with the same handle.
fetcher='
import pycurl, sys
from io import BytesIO
curl = pycurl.Curl()
for line in iter(sys.stdin.readline, ""):
    body = BytesIO()
    curl.setopt(pycurl.URL, line.strip())
    curl.setopt(pycurl.WRITEDATA, body)
    curl.perform()
    print(curl.getinfo(pycurl.RESPONSE_CODE), flush=True)
'

# begin COMMAND [ARG]...: runs it, to be spoken with by "tell" and "hear"; "end" ends its input.
begin() {
	mkfifo to from
	"$@" <to >from 3>&- &
	running=$!
	exec {to}>to
	exec {from}<from
}

tell() {
	printf '%s\n' "$1" >&"$to"
}

hear() {
	read -r -t "$PATIENCE" answered <&"$from"
}

end() {
	exec {to}>&-
	wait "$running" || true
	exec {from}<&-
}

fetch() {
	tell "$1"
	hear
}

@test "a running pycurl obeys an edit, a removal and a new file, and is told of a wrong one once" {
	skip_without_module pycurl
	rules 'attempts = 2'
	echo "$fetcher" >program.py
	begin retry "$PYTHON" program.py
	fetch "$(url 503,503,200 a)"
	assert_equal "$answered" 503
	rules 'attempts = 3'
	sleep 1.1
	fetch "$(url 503,503,200 b)"
	assert_equal "$answered" 200
	rules 'attempts = 3' '[host' 'attempts = 9'
	sleep 1.1
	fetch "$(url 503,503,503,200 c)"
	assert_equal "$answered" 503
	sleep 1.1
	fetch "$(url 503,503,200 d)"
	assert_equal "$answered" 200
	rm "$CURLRETRY_CONFIG"
	sleep 1.1
	fetch "$(url 503,503,503,503,200 e)"
	assert_equal "$answered" 200
	end
	assert_equal "$(events | grep -c bad_policy)" 1
	assert_contains "$(events why | grep head)" "$CURLRETRY_CONFIG:2: a section's head is not closed"
}

@test "a file that was wrong when the process began is obeyed once it is mended" {
	skip_without_module pycurl
	rules 'attempts = 3' '[host'
	echo "$fetcher" >program.py
	export LD_PRELOAD=$BUILD/libcurlretry.so CURLRETRY_BASE_DELAY=10ms CURLRETRY_MIN_DELAY=1ms
	CURLRETRY_LOG=$PWD/log CURLRETRY_LOG_FORMAT=json begin timeout "$PATIENCE" "$PYTHON" program.py
	unset LD_PRELOAD CURLRETRY_BASE_DELAY CURLRETRY_MIN_DELAY
	fetch "$(url 503,503,200 a)"
	assert_equal "$answered" 503
	# It is looked at again, and is as it was.
	sleep 1.1
	fetch "$(url 503,503,200 again)"
	assert_equal "$answered" 503
	rules 'attempts = 3'
	sleep 1.1
	fetch "$(url 503,503,200 b)"
	assert_equal "$answered" 200
	end
	assert_equal "$(sent a) $(sent again) $(sent b)" "1 1 3"
	assert_equal "$(events event | xargs)" "bad_policy retry retry recovered"
}

# --- what is asked of the launcher ---

@test "--show URL tells the policy for that URL, with the lines that made it" {
	rules 'attempts = 8' '' '[host 127.0.0.1:81]' 'on-status = +404' '[program php*, host *]' 'jitter = none'
	assert_contains "$(shown http://127.0.0.1:81/x)" "ATTEMPTS 8 $CURLRETRY_CONFIG:1"
	assert_contains "$(shown http://127.0.0.1:81/x)" "ON_STATUS 404,408,425,429,500,502-504,522,524 $CURLRETRY_CONFIG:4"
	assert_contains "$(shown http://127.0.0.1/x)" "ON_STATUS 408,425,429,500,502-504,522,524 default"
	assert_contains "$(shown http://a/ --program=php-fpm)" "JITTER full default"
	assert_contains "$("$BUILD/curlretry" --program=php-fpm --show http://a/ | tr -s ' ')" "JITTER none $CURLRETRY_CONFIG:6"
	CURLRETRY_ATTEMPTS=3 run shown http://a/
	assert_contains "$output" "ATTEMPTS 3 environment"
}

@test "--explain says whether, why, which setting decides, and what to write" {
	rules '[host api.example.com]' 'on-status = 500-599'
	run "$BUILD/curlretry" --explain POST https://api.example.com/pay 503
	assert_status 1
	assert_contains "$output" "not retried: POST may not be sent twice (CURLRETRY_METHODS, default)"
	assert_contains "$output" "[host api.example.com]"
	assert_contains "$output" "methods = +POST"
	run "$BUILD/curlretry" --explain GET https://api.example.com/x 501
	assert_status 0
	assert_contains "$output" "retried: 501 is transient (CURLRETRY_ON_STATUS, $CURLRETRY_CONFIG:2)"
	run "$BUILD/curlretry" --explain GET https://example.com/x 501
	assert_status 1
	assert_contains "$output" "on-status = +501"
	run "$BUILD/curlretry" --explain POST https://example.com/x CURLE_COULDNT_CONNECT
	assert_status 0
	run "$BUILD/curlretry" --explain GET https://example.com/x PEER_FAILED_VERIFICATION
	assert_status 1
	run "$BUILD/curlretry" --explain GET https://example.com/x nonsense
	assert_status 125
}

# explained STATUS TEXT OPTION...: that is its exit status, and what it says has TEXT.
explained() {
	run "$BUILD/curlretry" "${@:3}"
	assert_status "$1"
	assert_contains "$output" "$2"
}

@test "--explain knows what an answer, a condition, a host, a program and a deadline change" {
	rules 'max-time = 50ms' '[host slow]' 'max-time = 3s' '[host seen]' 'max-time = 0' 'mode = observe' \
		'[program php]' 'programs = -php'
	explained 0 "since the answer says that it was not carried out" --explain POST http://slow/ 429
	explained 0 "since nothing of it has left this machine" --explain POST http://slow/ COULDNT_CONNECT
	explained 0 "Not retried where it has a condition (If-Match," --explain PUT http://slow/ 503
	assert_contains "$output" "later than 3000 ms after the first (CURLRETRY_MAX_TIME, $CURLRETRY_CONFIG:3)"
	explained 0 "PUT may be sent again, since the answer" --explain PUT http://slow/ 429
	assert_lacks "$output" "If-Match"
	explained 0 "GET may be sent again (CURLRETRY_METHODS, default)" --explain GET http://slow/ 503
	assert_lacks "$output" "If-Match"
	explained 1 "not retried: the next attempt would start too late (CURLRETRY_MAX_TIME, $CURLRETRY_CONFIG:1)" \
		--explain GET http://other/ 503
	explained 1 "not retried: it is only observed (CURLRETRY_MODE, $CURLRETRY_CONFIG:6)" --explain GET http://seen/ 503
	assert_contains "$output" "mode = on"
	explained 1 "not retried: the host slow is excluded (CURLRETRY_HOSTS, option)" \
		'--hosts=!slow' --explain GET http://slow/ 503
	explained 1 "not retried: php is excluded (CURLRETRY_PROGRAMS, option)" \
		'--programs=!php' --program=php --explain GET http://slow/ 503
	explained 0 "retried: 503" '--programs=!php' --program=curl --explain GET http://slow/ 503
}

@test "--explain proposes no lines where the file cannot win" {
	rules ''
	CURLRETRY_METHODS=GET explained 1 "change CURLRETRY_METHODS in the environment: it wins over any file" \
		--explain POST http://a/ 503
	assert_lacks "$output" "methods = +POST"
	explained 1 "change the option --attempts: it wins over any file" -n 1 --explain GET http://a/ 503
	assert_lacks "$output" "attempts = 5"
}

@test "--explain tells what is no failure, what would come again, and what is switched off" {
	local outcome setting expected
	rules ''
	while IFS='|' read -r outcome setting expected; do
		run env ${setting:+"$setting"} "$BUILD/curlretry" --explain GET http://api.example.com/ "$outcome"
		assert_status 1
		assert_equal "${lines[0]}" "not retried: $expected"
	done <<-'END'
		200||200 is no failure (CURLRETRY_ON_STATUS, default)
		404||status 404 is not among the transient ones (CURLRETRY_ON_STATUS, default)
		WRITE_ERROR||CURLE_WRITE_ERROR would come again, whatever is set: the program or a certificate caused it
		TOO_MANY_REDIRECTS||CURLE_TOO_MANY_REDIRECTS is not among the transient errors (CURLRETRY_ON_ERROR, default)
		OPERATION_TIMEDOUT|CURLRETRY_ON_ERROR=-timeout|CURLE_OPERATION_TIMEDOUT is not among the transient errors (CURLRETRY_ON_ERROR, environment)
		503|CURLRETRY_MODE=off|curlretry is switched off (CURLRETRY_MODE, environment)
	END
}

@test "what --explain proposes makes it so for an error's name, too" {
	rules ''
	"$BUILD/curlretry" --explain GET http://127.0.0.1/ TOO_MANY_REDIRECTS | sed -n '/^\t/{s///p}' >"$CURLRETRY_CONFIG"
	run -0 "$BUILD/curlretry" --explain GET http://127.0.0.1/ TOO_MANY_REDIRECTS
	assert_contains "$output" "TOO_MANY_REDIRECTS is transient (CURLRETRY_ON_ERROR, $CURLRETRY_CONFIG:3)"
}

@test "what --explain proposes makes it so" {
	rules ''
	"$BUILD/curlretry" --explain POST http://127.0.0.1/ 503 | sed -n '/^\t/{s///p}' | head -n 3 >"$CURLRETRY_CONFIG"
	run "$BUILD/curlretry" --explain POST http://127.0.0.1/ 503
	assert_status 0
	retry curl -sS -f -d x -o out "$(url 503,200)"
	assert_requests 2
}

# --- bad files ---

@test "a bad file is refused by the launcher in one line, with its line's number" {
	rules '[site x]' && refused "$CURLRETRY_CONFIG:1: " '"site"'
	rules '' '[host a' && refused "$CURLRETRY_CONFIG:2: " closed
	rules 'attempt = 3' && refused "$CURLRETRY_CONFIG:1: " '"attempt"'
	rules '[host a]' 'on-status = +4xy' && refused "$CURLRETRY_CONFIG:2: " '"+4xy"'
	rules '[host a]' 'log = none' && refused "$CURLRETRY_CONFIG:2: " '"log"'
	printf 'attempts = 3\0\n' >"$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG:1: " NUL
	head -c 1048576 /dev/zero | tr '\0' x >"$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG:1: " long
	printf 'attempts = 3\n%070000d\n' 0 >"$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG:2: " long
	rules '[program]' && refused "$CURLRETRY_CONFIG:1: " "no pattern"
	rules '[host a, host b]' && refused "$CURLRETRY_CONFIG:1: " twice
	rules 'config = none' && refused "$CURLRETRY_CONFIG:1: " '"config"'
	rm "$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG: " "no such file"
	mkdir "$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG: " regular && rmdir "$CURLRETRY_CONFIG"
	mkfifo "$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG: " regular && rm "$CURLRETRY_CONFIG"
	ln -s rules "$CURLRETRY_CONFIG" && refused "$CURLRETRY_CONFIG: " loop && rm "$CURLRETRY_CONFIG"
}

@test "a byte order mark and carriage returns are no fault" {
	printf '\xef\xbb\xbf[host 127.0.0.1]\r\nattempts = 2\r\n' >"$CURLRETRY_CONFIG"
	assert_contains "$(shown http://127.0.0.1/)" "ATTEMPTS 2 $CURLRETRY_CONFIG:2"
}

@test "a file that another user may write is refused in root's processes" {
	[ "$(id -u)" = 0 ] || skip "not root"
	rules 'attempts = 3'
	chmod 666 "$CURLRETRY_CONFIG"
	refused "$CURLRETRY_CONFIG: " "another user may write it"
	chmod 644 "$CURLRETRY_CONFIG"
	chown nobody "$CURLRETRY_CONFIG"
	refused "$CURLRETRY_CONFIG: " "another user may write it"
}

# told NAME TEXT: the library tells the file's fault in one line with TEXT, and curl runs as without us.
told() {
	LD_PRELOAD=$BUILD/libcurlretry.so run --separate-stderr curl -sS -f -o out "$(url 503,200 "$1")"
	assert_status 22
	assert_equal "$(grep -c ^curlretry: <<<"$stderr")" 1
	assert_contains "$stderr" "$CURLRETRY_CONFIG$2"
	assert_equal "$(sent "$1")" 1
}

@test "a bad file of each kind is told in one line by the library, and the program runs as without us" {
	rules '[host a' && told a ":1: "
	rules '' '[site x]' && told b ":2: "
	rules 'attempt = 3' && told c ":1: "
	rules '[host a]' 'on-status = +4xy' && told d ":2: "
	printf '[host 127.0.0.1]\nmode = on\0\n' >"$CURLRETRY_CONFIG" && told e ":2: "
	head -c 1048576 /dev/zero | tr '\0' x >"$CURLRETRY_CONFIG" && told f ":1: "
	rm "$CURLRETRY_CONFIG" && told g ": there is no such file"
	mkdir "$CURLRETRY_CONFIG" && told h ": it is not a regular file" && rmdir "$CURLRETRY_CONFIG"
	mkfifo "$CURLRETRY_CONFIG" && told i ": it is not a regular file" && rm "$CURLRETRY_CONFIG"
	ln -s rules "$CURLRETRY_CONFIG" && told j ": its symbolic links form a loop" && rm "$CURLRETRY_CONFIG"
	[ "$(id -u)" = 0 ] || return 0
	rules 'attempts = 3'
	chmod 602 "$CURLRETRY_CONFIG"
	told k ": another user may write it"
}

# another COMMAND [ARG]...: by another user, who can reach $BUILD's files in "$shared".
another() {
	timeout --foreground "$PATIENCE" setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

need_another_user() {
	[ "$(id -u)" = 0 ] || skip "not root"
	skip_without setpriv
	shared=$(mktemp -d /tmp/rules-XXXXXX)
	chmod 755 "$shared"
	cp "$BUILD/libcurlretry.so" "$BUILD/curlretry" "$shared"
	another test -x "$shared/curlretry" || skip "another user cannot be had here"
}

teardown() {
	[ -z "${shared:-}" ] || rm -rf "$shared"
}

@test "a named file that this user may not read is refused by the launcher, and told by the library" {
	need_another_user
	export CURLRETRY_CONFIG=$shared/rules
	rules 'attempts = 3'
	chmod 600 "$CURLRETRY_CONFIG"
	run --separate-stderr another "$shared/curlretry" true
	assert_status 125
	assert_equal "$stderr" "curlretry: $CURLRETRY_CONFIG: this user may not read it"
	LD_PRELOAD=$shared/libcurlretry.so run --separate-stderr another curl -sS -f -o /dev/null "$(url 503,200)"
	assert_status 22
	assert_contains "$stderr" "$CURLRETRY_CONFIG: this user may not read it"
	assert_requests 1
}

@test "a default file that this user may not read is passed over, and that of root's processes holds" {
	need_mount_namespace
	need_another_user
	unset CURLRETRY_CONFIG
	# shellcheck disable=SC2016  # for the shell inside
	with_policy_file 'attempts = 1' sh -c 'chmod 600 /etc/curlretry.conf
		setpriv --reuid=65534 --regid=65534 --clear-groups "$0/curlretry" --log=none curl -sS -f -o /dev/null "$1"
		exec "$0/curlretry" --log=none curl -sS -f -o /dev/null "$2"' \
		"$shared" "$(url 503,503,200 a)" "$(url 503,503,200 b)" || [ $? -eq 22 ]
	assert_equal "$(sent a)" 3
	assert_equal "$(sent b)" 1
}

@test "none is no file" {
	CURLRETRY_CONFIG=none retry curl -sS -f -o out "$(url 503,200)"
	assert_requests 2
}

# --- the manual page ---

@test "each example of curlretry.conf(5) is one that curlretry takes, and means what it is for" {
	man -l "$REPO/launcher/curlretry.conf.5" >/dev/null 2>warnings || true
	# What stands between .nf and .fi in the section of examples, without the page's escapes.
	sed -n '/^.SH EXAMPLES/,/^.SH FILES/p' "$REPO/launcher/curlretry.conf.5" |
		sed -n '/^.nf/,/^.fi/{/^\.[nf][fi]/d; s/\\-/-/g; p}' >"$CURLRETRY_CONFIG"
	assert_equal "$(grep -c '^\[' "$CURLRETRY_CONFIG")" 8
	assert_contains "$(shown https://b.s3.amazonaws.com/x)" "ON_STATUS 404,408,"
	assert_contains "$(shown https://codeload.github.com/x)" "HOLD 512MiB"
	assert_contains "$(shown https://api.stripe.com/v1)" "IDEMPOTENCY_KEY on"
	assert_contains "$(shown https://api-m.paypal.com/v2)" "IDEMPOTENCY_HEADER PayPal-Request-Id"
	assert_contains "$(shown --program=git-remote-https https://example.com/)" "POST"
	assert_contains "$(shown --program=php-fpm8.2)" "MAX_TIME 5s"
	assert_contains "$(shown https://billing.internal:8443/)" "MODE observe"
	assert_contains "$(shown https://billing.internal/)" "MODE on"
}

# --- other programs that run ---

@test "a running git obeys an edit between two of its requests" {
	skip_without git strace
	rules 'attempts = 1'
	# A helper that git would start, kept running by its input.
	begin retry git remote-http origin "$(url 503,503,200 r)/info"
	tell capabilities
	hear
	rules 'attempts = 3'
	sleep 1.1
	tell list
	end
	assert_equal "$(events | grep -c '^retry$')" 2
}

@test "a process that transfers looks at the file once a second, one that does not never" {
	skip_without strace
	skip_without_module pycurl
	rules 'attempts = 2'
	cat >program.py <<-'END'
		import pycurl, sys, time
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		begun = time.monotonic()
		count = 0
		while time.monotonic() < begun + 2.5:
		    if count < int(sys.argv[2]):
		        curl.perform()
		        count += 1
		    else:
		        time.sleep(0.1)
	END
	retry strace -f -e trace=newfstatat,stat,statx -o busy "$PYTHON" program.py "$(url 200)" 1000000
	[ "$(grep -c "$CURLRETRY_CONFIG" busy)" -le 4 ] || fail "$(grep "$CURLRETRY_CONFIG" busy)"
	[ "$(grep -c "$CURLRETRY_CONFIG" busy)" -ge 2 ] || fail "$(grep "$CURLRETRY_CONFIG" busy)"
	retry strace -f -e trace=newfstatat,stat,statx -o idle "$PYTHON" program.py "$(url 200)" 1
	[ "$(grep -c "$CURLRETRY_CONFIG" idle)" -le 1 ] || fail "$(grep "$CURLRETRY_CONFIG" idle)"
}

@test "a process that is switched off by the file is switched on by an edit, its event loop too" {
	skip_without_module pycurl
	rules 'mode = off'
	cat >program.py <<-'END'
		import pycurl, sys
		multi = pycurl.CurlMulti()
		for line in iter(sys.stdin.readline, ""):
		    curl = pycurl.Curl()
		    curl.setopt(pycurl.URL, line.strip())
		    curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		    multi.add_handle(curl)
		    running = 1
		    while running:
		        multi.select(1)
		        running = multi.perform()[1]
		    multi.info_read()
		    print(curl.getinfo(pycurl.RESPONSE_CODE), flush=True)
		    multi.remove_handle(curl)
	END
	begin retry "$PYTHON" program.py
	fetch "$(url 503,200 a)"
	assert_equal "$answered" 503
	rules 'mode = on'
	sleep 1.1
	fetch "$(url 503,200 b)"
	assert_equal "$answered" 200
	end
}
