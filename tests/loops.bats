# SPDX-License-Identifier: MIT
#
# The multi interface: tests/clients/multi_*.c, a mode a test, and clients with the event loops that
# libcurl's documentation names.

load helpers

setup_file() {
	start_server --tls --h2 --nginx
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# multi TOPIC MODE[:LOOP] URL...: the client multi_TOPIC under curlretry; what it prints goes to the
# file out. The client fails by itself where counts and messages do not add up; a wait that it sleeps
# through outlasts the test.
multi() {
	local status=0
	retry "$BUILD/tests/multi_$1" "${@:2}" >out || status=$?
	if grep -q '^unsupported' out; then
		skip "this libcurl has no $(sed 's/^unsupported: //' out)"
	fi
	[ "$status" -eq 0 ] && return
	cat out >&2
	return "$status"
}

# minutes COMMAND...: a retry waits for a minute, which no test lasts.
minutes() {
	CURLRETRY_BASE_DELAY=60s CURLRETRY_MAX_DELAY=60s CURLRETRY_JITTER=none "$@"
}

# exactly DELAY COMMAND...
exactly() {
	CURLRETRY_BASE_DELAY=$1 CURLRETRY_MAX_DELAY=$1 CURLRETRY_JITTER=none "${@:2}"
}

# assert_as_clean TOPIC MODE[:LOOP] SCRIPT...: the program prints the same (how often its loop turns, and in
# which order transfers end, apart) as without curlretry from a server that gives each script's last step at once.
assert_as_clean() {
	local urls=() script
	for script in "${@:3}"; do
		urls+=("$(url "$script" "${2/:/-}${#urls[@]}")")
	done
	multi "$1" "$2" "${urls[@]}"
	touch "$STEADY"
	timeout 60 "$BUILD/tests/multi_$1" "$2" "${urls[@]}" >clean
	rm "$STEADY"
	assert_files_equal <(grep -v '^turns\|^order' out) <(grep -v '^turns\|^order' clean)
}

# libcurl NEWER_OR_EQUAL: whether the program's libcurl is.
libcurl() {
	local have
	have=$(curl --version | sed -n '1s,.*libcurl/\([0-9.]*\).*,\1,p')
	[ "$(printf '%s\n' "$1" "$have" | sort -V | head -n 1)" = "$1" ]
}

loops='wait poll fdset timeout socket mixed all'

# --- the loops ---

@test "every style of loop gets clean transfers" {
	local loop
	for loop in $loops; do
		assert_as_clean loops "plain:$loop" rst,503,200~len=70000 200~len=3000 rst,503~len=5000,200~chunked~len=9999 503,200~len=0
		assert_equal "$(grep -c '^code=0.*messages=1 error=empty' out)" 4 "good transfers with $loop"
	done
	assert_equal "$(events | grep -c recovered)" $((3 * 7))
}

@test "curl_multi_waitfds: clean transfers" {
	assert_as_clean loops plain:waitfds rst,503,200~len=70000 200~len=3000
}

@test "a transfer that waits holds up no other" {
	exactly 500ms multi loops plain:socket "$(url 503,200 a)" "$(url 200 b)" "$(url 404 c)"
	assert_contains "$(grep order out)" ,0
}

@test "in no style of loop is a retry slept past, and none spins while it waits" {
	local loop turns
	for loop in $loops; do
		exactly 700ms multi loops "plain:$loop" "$(url 503,200 "$loop")"
		turns=$(sed -n 's/turns=//p' out)
		[ "$turns" -lt 40 ] || fail "$loop turned $turns times"
	done
}

@test "a retry that was told to curl_multi_waitfds is not slept past" {
	exactly 700ms multi loops plain:waitfds "$(url 503,200)"
	[ "$(sed -n 's/turns=//p' out)" -lt 40 ]
}

@test "a program's timer may fire too early, as those of coarse clocks do" {
	local loop
	for loop in socket mixed all; do
		exactly 300ms multi loops early:$loop "$(url 503,503,200 $loop)" "$(url rst,200 "$loop-b")"
		assert_equal "$(grep -c '^code=0 status=200' out)" 2
	done
}

@test "libuv: clean transfers, and its loop ends when they do" {
	[ -x "$BUILD/tests/multi_uv" ] || skip "libuv1-dev is not installed"
	retry "$BUILD/tests/multi_uv" "$(url 503,503,200~len=1000 a)" "$(url rst,200~len=2000 b)" "$(url 200~len=3000 c)" >out
	assert_equal "$(grep code out)" "$(printf 'code=0 status=200 bytes=%d messages=1\n' 1000 2000 3000)"
	assert_contains "$(cat out)" left=0
	assert_equal "$(events | sort | tr '\n' ' ')" "recovered recovered retry retry retry "
}

@test "GLib: clean transfers" {
	[ -x "$BUILD/tests/multi_glib" ] || skip "libglib2.0-dev is not installed"
	retry "$BUILD/tests/multi_glib" "$(url 503,503,200~len=1000 a)" "$(url rst,200~len=2000 b)" "$(url 200~len=3000 c)" >out
	assert_equal "$(grep code out)" "$(printf 'code=0 status=200 bytes=%d messages=1\n' 1000 2000 3000)"
	assert_contains "$(cat out)" left=0
}

@test "a program may pass no place for the number of running transfers" {
	# Older libcurls crash there.
	multi loops no-count "$(url 503,200 a)" "$(url 200 b)"
	assert_equal "$(grep -c '^code=0 status=200' out)" 2
}

# --- messages ---

@test "messages that are read late are all there, each once, and stay right" {
	assert_as_clean messages unread 503,200 200~len=50 rst,200
	assert_equal "$(grep left out | tr '\n' ' ')" "left=2 left=1 left=0 "
}

@test "a message that is not read goes with its transfer" {
	multi messages unread-removed "$(url 503,200 a)" "$(url 200 b)" "$(url rst,200 c)"
	assert_file out "message of 2, left=0"
}

@test "messages of handles that we do not know come among the others" {
	multi messages foreign "$(url 200~len=10 a)" "$(url 503,200~len=20 b)"
	assert_equal "$(cut -d ' ' -f 1,2,4,6 out)" "$(printf 'code=0 status=200 bytes=%d messages=1\n' 10 20 10 10 10)"
}

@test "a failure that is not retried has its message at once" {
	assert_as_clean loops plain 404~close~len=300 400~len=50
	multi loops plain "$(url 200~len=100~cut=10)" "$(url 503 b)"
	assert_contains "$(cat out)" "code=18 status=200"
	assert_contains "$(cat out)" "code=0 status=503"
	# The first is held until it is whole, and never is.
	assert_equal "$(events | grep -c gave_up:attempts)" 2
}

# --- a transfer that waits is taken away ---

@test "curl_multi_remove_handle takes a waiting transfer out at once" {
	minutes multi waiting remove "$(url 503,200)"
	assert_contains "$(cat out)" $'remove=0\nrunning=0 timeout=none message=none left=0\ncode=0 status=200'
	assert_log retry gave_up:aborted
}

@test "curl_easy_cleanup takes a waiting transfer out at once" {
	minutes multi waiting cleanup "$(url 503)"
	assert_file out "running=0 timeout=none message=none left=0"
	assert_log retry gave_up:aborted
	assert_requests 1
}

@test "curl_multi_cleanup leaves a handle that waited usable" {
	minutes multi waiting multi-cleanup "$(url 503,200)"
	assert_contains "$(cat out)" $'cleanup=0\ncode=0 status=200'
	assert_log retry gave_up:aborted
}

@test "a waiting handle is in its multi handle and in no other, until it is moved" {
	exactly 300ms multi waiting move "$(url 503,200)"
	# ADDED_ALREADY twice, BAD_EASY_HANDLE.
	assert_contains "$(cat out)" $'add=7 again=7 wrong=2 remove=0 add=0\ncode=0 status=200'
}

@test "curl_easy_perform on a waiting handle fails and changes nothing" {
	exactly 300ms multi waiting perform "$(url 503,200)"
	assert_contains "$(cat out)" $'perform=2\ncode=0 status=200'
	assert_log retry recovered
}

@test "a handle that waits can be given another URL, and be copied" {
	exactly 300ms multi waiting change "$(url 503,200)" "$(url 200~len=7 other)"
	assert_contains "$(cat out)" $'copy=0 bytes=7\ncode=0 status=200 headers=4 bytes=7'
}

@test "curl_easy_reset on a waiting handle harms nothing" {
	exactly 300ms multi waiting reset "$(url 503,200)"
	assert_contains "$(cat out)" "code=0 status=200"
}

@test "a handle goes between easy and multi, and between retries, as often as it likes" {
	multi waiting by-turns "$(url 503,200 a)" "$(url 503,200 b)" "$(url 503,200 c)" "$(url 503,200 d)"
	assert_equal "$(grep -c 'code=0 status=200.*error=empty' out)" 4
	assert_equal "$(events | grep -c recovered)" 4
}

# --- pauses ---

@test "a waiting handle that is paused stays so, and gets nothing until it is set free" {
	exactly 100ms multi pauses waiting "$(url 503,200)"
	assert_contains "$(cat out)" $'pause=0 running=1 bytes=0 idle continue=0\ncode=0 status=200 headers=4'
}

@test "a pause that ends before the retry leaves no trace" {
	exactly 300ms multi pauses waiting-freed "$(url 503,200)"
	assert_contains "$(cat out)" "code=0 status=200 headers=4"
}

@test "write callbacks that pause get every byte once" {
	multi pauses often "$(url 503,200~len=200000 a)" "$(url rst,200~len=100000 b)"
	timeout 60 "$BUILD/tests/multi_pauses" often "$(url 200~len=200000 c)" "$(url 200~len=100000 d)" >clean
	assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
}

@test "a transfer that breaks while it is paused goes on when it is set free" {
	local body=200~len=200000~etag=v1
	multi pauses often "$(url $body~cut=100000,$body~cut=50000,$body a)" "$(url $body~rst=150000,$body b)"
	timeout 60 "$BUILD/tests/multi_pauses" often "$(url $body c)" "$(url $body d)" >clean
	assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
}

@test "a download that breaks while it is paused in both directions goes on when it is set free" {
	local body=200~len=200000~etag=v1
	# libcurl 8.14 ends such transfers while they are paused.
	multi pauses both "$(url $body~rst=90000,$body a)" "$(url $body~cut=20000,503,$body b)"
	timeout 60 "$BUILD/tests/multi_pauses" both "$(url $body c)" "$(url $body d)" >clean
	assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
}

@test "a pause that libcurl refuses holds up no later attempt" {
	multi pauses early "$(url 503,200~len=900 a)" "$(url rst,200~len=9000 b)"
	timeout 60 "$BUILD/tests/multi_pauses" early "$(url 200~len=900 c)" "$(url 200~len=9000 d)" >clean
	assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
}

# --- waits ---

@test "while a transfer waits, waits end for the program's own descriptors and wake-ups" {
	minutes multi waits minute "$(url 503)"
	assert_file out "timeout=right wait=waits ready=1,1 ready=1,1 woken=0 negative=10"
}

@test "a wake-up is for curl_multi_poll: a curl_multi_wait in between does not use it up" {
	! libcurl 8.0.0 || skip "this libcurl's curl_multi_wait does so itself"
	minutes multi waits wakeup-kept "$(url 503)"
	assert_file out "wait=sleeps poll=wakes"
}

@test "a multi handle that holds nothing keeps its character" {
	multi waits idle "$(url 200)"
	assert_file out "wait=returns poll=sleeps,0 max=-1 timeout=-1"
}

# --- progress and limits on time, where nothing else happens ---

@test "progress goes on during waits, and ends a transfer within a second" {
	local loop
	for loop in wait poll fdset socket mixed; do
		minutes multi progress ended:$loop "$(url 503,200 $loop)" "$(url 200 "$loop-b")"
		assert_contains "$(cat out)" "calls=go on ended=soon idle"
		assert_contains "$(cat out)" "code=42"
	done
	assert_equal "$(events | grep -c gave_up:aborted)" 5
}

@test "the progress callbacks of many that wait come together" {
	minutes multi progress together "$(url 503)"
	assert_file out turns=few
}

@test "an attempt in which nothing moves is ended by STALL_TIMEOUT, in each style of loop" {
	local loop
	for loop in $loops; do
		CURLRETRY_STALL_TIMEOUT=200ms multi loops "plain:$loop" "$(url stall,200 "$loop")"
		assert_contains "$(cat out)" "code=0 status=200"
	done
	CURLRETRY_ATTEMPTS=1 CURLRETRY_STALL_TIMEOUT=200ms multi loops plain:socket "$(url stall)"
	assert_contains "$(cat out)" "code=28 status=0"
}

@test "STALL_TIMEOUT leaves alone what moves slowly, and what the program has paused" {
	CURLRETRY_STALL_TIMEOUT=400ms multi loops plain:socket "$(url 200~len=1000~pace=100:100)"
	assert_contains "$(cat out)" "code=0 status=200 headers=4 bytes=1000"
	CURLRETRY_STALL_TIMEOUT=200ms exactly 100ms multi pauses waiting "$(url 503,200 b)"
	assert_contains "$(cat out)" "code=0 status=200"
	assert_log retry recovered
}

@test "with MAX_TIME, a failed response that stalls does not hold up its retry" {
	local loop
	for loop in poll fdset socket; do
		CURLRETRY_MAX_TIME=50s exactly 700ms multi loops plain:$loop "$(url 503~len=100000~stall=1000,200 $loop)"
		assert_contains "$(cat out)" "code=0 status=200"
	done
}

@test "MAX_TIME ends a transfer instead of a wait past it" {
	CURLRETRY_MAX_TIME=2s exactly 30s multi loops plain:poll "$(url 503)"
	assert_contains "$(cat out)" "code=0 status=503"
	assert_log not_retried:deadline
}

@test "ATTEMPT_TIMEOUT ends an attempt" {
	CURLRETRY_ATTEMPT_TIMEOUT=200ms multi loops plain:socket "$(url stall,200)"
	assert_contains "$(cat out)" "code=0 status=200"
}

# --- libcurl's rules ---

# assert_trespasses WITH URL OTHER: each call from each callback is refused, as libcurl itself does.
assert_trespasses() {
	libcurl 7.80.0 || skip "this libcurl does not guard itself against all of that"
	multi rules trespasses "$1" "$2"
	grep -v '^code\|^newcomer' out | sed 's/^[a-z]*: //' | sort -u >refused
	assert_file refused "perform=8 action=8 timeout=8 add=8 remove=8 other=8 read=none,0 ask=8 fdset=8 wait=8 poll=8 setopt=8 cleanup=8"
	# Not every libcurl survives this by itself.
	if timeout 60 "$BUILD/tests/multi_rules" trespasses "$(url 200 "clean$RANDOM")" "$(url stall)" >clean; then
		assert_equal "$(sed -n 's/:.*//p' out | sort -u)" "$(sed -n 's/:.*//p' clean | sort -u)"
	fi
	assert_contains "$(cat out)" "newcomer=0"
}

@test "nothing re-enters a multi handle from its callbacks" {
	exactly 100ms assert_trespasses "$(url 503,200~len=100000)" "$(url stall)"
	assert_contains "$(cat out)" "code=0 status=200"
}

@test "nothing re-enters it where held headers are handed over at the end" {
	exactly 100ms assert_trespasses "$(url 503,401)" "$(url stall)"
	assert_contains "$(cat out)" "code=0 status=401"
}

@test "nothing re-enters it where we end an attempt ourselves" {
	CURLRETRY_STALL_TIMEOUT=200ms exactly 100ms assert_trespasses "$(url stall,200)" "$(url stall)"
	assert_contains "$(cat out)" "code=0 status=200"
}

@test "no callback touches another transfer that waits" {
	minutes assert_trespasses "$(url 200)" "$(url 503)"
	minutes multi rules trespass-in-pause "$(url 200~len=100000 b)" "$(url 503 c)"
	assert_contains "$(cat out)" "other=8 read=none,0"
	assert_contains "$(cat out)" "messages=1"
}

@test "a timer callback may be set late, changed and unset while a transfer waits" {
	exactly 700ms multi timer late "$(url 503,200)"
	assert_contains "$(cat out)" $'told=yes told=yes calls=0 told=yes\ncode=0 status=200'
}

@test "a timer callback that fails ends all transfers" {
	minutes multi timer fails "$(url 503)" "$(url stall)"
	# ABORTED_BY_CALLBACK for the multi handle, and for each transfer.
	assert_equal "$(cut -d ' ' -f 1-3 out | sed 's/ status.*//')" $'code=11 add=11 running=0\ncode=42\ncode=42\nagain=0'
	assert_log retry gave_up:aborted
}

@test "a limit on connections: a waiting transfer holds no place" {
	exactly 300ms multi connections limited "$(url 503~close,200 a)" "$(url 200 b)" "$(url 200 c)"
	assert_equal "$(grep -c '^code=0 status=200' out)" 3
	assert_contains "$(cat out)" order=1,2,0
}

@test "HTTP/2: a stream that fails is sent again, and the others of its connection go on" {
	local url=https://127.0.0.1:$H2TLS_PORT/s script
	curl --version | grep -q HTTP2 || skip "this curl has no HTTP/2"
	for script in 503,503 200~rststream=0 refused,refused,refused goaway; do
		multi connections streams:socket "$url/200~len=50000~pace=5000:20/$(key)/$script/a" \
			"$url/$script,200~len=50000/$(key)/$script/b" "$url/200~len=50000~pace=5000:20/$(key)/$script/c"
		assert_equal "$(grep -c 'code=0 status=200 headers=4 bytes=50000' out)" 3 "good streams beside $script"
	done
}

@test "HTTP/2: a status is retried over the same connection" {
	local url=https://127.0.0.1:$NGINXTLS_PORT/s
	curl --version | grep -q HTTP2 || skip "this curl has no HTTP/2"
	multi connections streams:poll "$url/200~len=50000~pace=5000:20/$(key)/a" "$url/503,503,200~len=50000/$(key)/b"
	assert_equal "$(grep -c 'code=0 status=200' out)" 2
	assert_contains "$(cat out)" connects=1
}

@test "handles that share cookies and names" {
	multi connections shared "$(url 503~cookie=a:1,200~cookie=b:2 a)" "$(url 200~cookie=c:3 b)"
	assert_equal "$(grep -c '^code=0 status=200' out)" 2
	assert_equal "$(grep -P '^.\t' out | sort | tr '\t\n' '= ')" "b=2 c=3 "
	assert_contains "$(cat out)" share=0
}

# --- descriptors and processes ---

@test "a descriptor of ours that the program has closed is not missed, and its number is left alone" {
	exactly 300ms multi processes descriptors "$(url 503,200 a)"
	assert_contains "$(cat out)" "code=0 status=200"
	assert_contains "$(cat out)" mine=open
	rm log
	exactly 300ms multi processes descriptors-clock "$(url 503,200 b)"
	assert_contains "$(cat out)" "code=0 status=200"
	assert_contains "$(cat out)" clock=open,untouched
}

@test "a child that cleans up what it has inherited does not disturb its parent's wait" {
	exactly 700ms multi processes forks "$(url 503,200)"
	assert_contains "$(cat out)" $'child=0 wakes=yes\ncode=0 status=200'
}

@test "a child may go on with what it has inherited" {
	exactly 300ms multi processes forks-on "$(url 503,200)"
	assert_contains "$(cat out)" "code=0 status=200"
	assert_contains "$(cat out)" child=0
}

# --- scale ---

@test "1,000 transfers in one multi handle, three of ten failing, in an event loop" {
	local turns own pattern
	pattern=http://127.0.0.1:$HTTP_PORT/s/%s/$(key)
	multi scale many:socket "$pattern/a%d" 1000
	assert_contains "$(cat out)" wrong=0
	assert_equal "$(events | grep -c recovered)" 300
	turns=$(sed 's/.*turns=\([0-9]*\).*/\1/' out)
	# As many attempts without us.
	timeout 60 "$BUILD/tests/multi_scale" many:socket "$pattern/b%d" 1300 clean >alone
	own=$(sed 's/.*turns=\([0-9]*\).*/\1/' alone)
	[ "$turns" -le $((own + 1000 + 300)) ] || fail "$turns wake-ups; $own without us"
}

@test "1,000 transfers with curl_multi_perform, and in eight threads" {
	multi scale many:poll "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/a%d" 1000
	assert_contains "$(cat out)" wrong=0
	multi scale threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/b%d-%d" 60
	assert_file out wrong=0
	assert_equal "$(events | grep -c recovered)" $((300 + 8 * 20))
}

@test "threads that meet libcurl at the same time get the same one" {
	local i
	for i in {1..20}; do
		multi scale threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/$i-%d-%d" 1
		assert_file out wrong=0
	done
}

# instructions WAITING: of one curl_multi_perform for a multi handle in which so many wait.
instructions() {
	local all
	all=$(minutes retry valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect=turn_idly \
		"$BUILD/tests/multi_scale" many-wait "$(url 503 "$1")" "$1" 100 2>&1 | sed -n 's/.*Collected : //p')
	rm log
	echo $((all / 100))
}

@test "a turn of the loop does not cost more for each transfer that waits" {
	skip_without valgrind
	local few many
	few=$(instructions 10)
	many=$(instructions 200)
	[ "$few" -gt 0 ]
	[ "$many" -lt $((2 * few)) ] || fail "$many instructions a turn with 200 that wait, $few with 10"
}

# --- out of memory ---

# CLIENT MODE of those that are starved.
starving='multi_loops plain:poll
multi_loops plain:socket
multi_loops plain:fdset
multi_messages unread
multi_messages foreign
multi_pauses often'

# starved NTH COMMAND...: the NTH allocation of the shim's fails.
starved() {
	skip_with_coverage
	CURLRETRY_BASE_DELAY=1ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_LOG=none FAILMALLOC_NTH=$1 \
		timeout --foreground 60 env LD_PRELOAD="$BUILD/libcurlretry.so $BUILD/tests/failmalloc" "${@:2}"
}

@test "whichever allocation fails, each transfer ends once, as the answer or as without us" {
	[ -x "$BUILD/tests/failmalloc" ] || skip "failmalloc is for glibc"
	local nth client mode
	while read -r client mode; do
		for nth in {1..12}; do
			starved "$nth" "$BUILD/tests/$client" "$mode" "$(url 503,200 "$mode$nth/a")" "$(url 200 "$mode$nth/b")" >out || fail "$mode: $nth" "$(cat out)"
			[ "$(grep -c '^code=0 status=\(200\|503\).*messages=1' out)" -ge 2 ] || fail "$mode: $nth" "$(cat out)"
		done
		FAILMALLOC_ALL=1 starved 1 "$BUILD/tests/$client" "$mode" "$(url 503,200 "$mode/all/a")" "$(url 200 "$mode/all/b")" >out
		assert_equal "$(grep -c '^code=0 status=503.*messages=1' out)" 1
	done <<<"$starving"
}

@test "these tests do make allocations of the shim's fail, and leave none out" {
	[ -x "$BUILD/tests/failmalloc" ] || skip "failmalloc is for glibc"
	local client mode
	while read -r client mode; do
		FAILMALLOC_COUNT=$PWD/count starved 0 "$BUILD/tests/$client" "$mode" "$(url 503,200 "$mode/a")" "$(url 200 "$mode/b")" >out
	done <<<"$starving"
	[ "$(sort -n count | head -n 1)" -ge 3 ]
	[ "$(sort -n count | tail -n 1)" -le 20 ] || fail "$(cat count)"
}

# --- not managed ---

@test "CURLRETRY_MODE=off and observe: as without us" {
	CURLRETRY_MODE=off multi loops plain:socket "$(url 503 a)" "$(url 200 b)"
	assert_equal "$(cut -d ' ' -f 1,2 out | head -n 2)" $'code=0 status=503\ncode=0 status=200'
	assert_log
	CURLRETRY_MODE=observe multi loops plain:poll "$(url 503 c)"
	assert_contains "$(cat out)" "code=0 status=503"
	assert_log not_retried:observe
}

# --- what newer libcurls have ---

@test "curl_multi_get_handles lists a transfer that waits" {
	minutes multi newer handles "$(url 503 a)" "$(url stall b)"
	assert_file out "handles=2 right=2 then=1"
}

@test "curl_multi_get_offt counts a transfer that waits as one that runs" {
	exactly 300ms multi newer counts "$(url 503,200 a)" "$(url 200 b)"
	# Added and not removed, running, pending, finished and unread, ever added.
	assert_file out $'2,1,0,1,2\n2,0,0,2,2\n2,0,0,0,2'
}

@test "notifications: one that a transfer is done, and its message is there" {
	local loop
	for loop in poll socket; do
		multi newer notified:$loop "$(url 503,200 "a$loop")" "$(url rst,200 "b$loop")" "$(url 200 "c$loop")"
		assert_contains "$(cat out)" "unread=0 done=3"
		assert_equal "$(grep -c '^code=0 status=200.*messages=1' out)" 3
	done
}

@test "notifications: a handle may be added in their callback" {
	multi newer notified-adds "$(url 503,200 a)" "$(url rst,200 b)"
	assert_equal "$(grep -c '^code=0 status=200.*messages=1' out)" 2
}

@test "notifications come for what ends while it waits, too" {
	minutes multi newer notified-abort "$(url 503 a)" "$(url 200 b)"
	assert_contains "$(cat out)" $'unread=0 done=2\ncode=42'
}
