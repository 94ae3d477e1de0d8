# SPDX-License-Identifier: MIT
#
# What no stock client does with the easy interface: tests/clients/easy_*.c, a scenario a test.

load helpers

setup_file() {
	start_server --accept-script ok
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# easy TOPIC SCENARIO SCRIPT [ARG]: of the client easy_TOPIC, under curlretry; what it prints goes to
# the file out.
easy() {
	retry "$BUILD/tests/easy_$1" "$2" "$(url "$3")" "${@:4}" >out
}

# assert_as_clean TOPIC SCENARIO SCRIPT [ARG]: the program prints the same as without curlretry, and as
# against a server that gives the script's last step at once.
assert_as_clean() {
	easy "$@"
	touch "$STEADY"
	"$BUILD/tests/easy_$1" "$2" "$(url "$3")" "${@:4}" >clean
	rm "$STEADY"
	assert_files_equal out clean
}

ok='code=0 status=200 headers=4'

# --- callbacks ---

@test "body and header callbacks see one response" {
	assert_as_clean results plain rst,503,200
	assert_as_clean results plain 503~len=70000,200~len=100000
}

@test "getinfo and the error buffer tell of the last attempt" {
	assert_as_clean results info 503~len=999~ra=0~cookie=a:b,200~len=1000
	CURLRETRY_ATTEMPTS=2 assert_as_clean results info 503,200~len=9~cut=0
	CURLRETRY_ATTEMPTS=2 assert_as_clean results info 503~close,rst
}

@test "getinfo inside the header callback answers hop by hop" {
	local there

	there=$(enc "$(url 503,200~len=9~h=Content-Type:b%2Fb x "$ACCEPT_PORT")")
	easy callbacks hops "503,302~h=Content-Type:a%2Fa~to=${there//\~/%7E}"
	assert_equal "$(grep -e HTTP/ -e ' of ' out | tr -d '\r')" \
"302 /x | HTTP/1.1 302 Found
  of 127.0.0.1:$HTTP_PORT, type a/a
200 /x | HTTP/1.1 200 OK
  of 127.0.0.1:$ACCEPT_PORT, type b/b"
	assert_requests 5
}

@test "getinfo inside the header callback: an interim answer is a hop too" {
	easy callbacks hops 503~103,200~103
	assert_equal "$(grep HTTP/ out | tr -d '\r')" \
		$'103 /x | HTTP/1.1 103 Early Hints\n200 /x | HTTP/1.1 200 OK'
}

@test "HEADERDATA alone sends header lines to the write callback" {
	assert_as_clean callbacks header-data-alone 503,200
}

@test "CURLOPT_HEADER: each line comes to the write callback first, then to the header callback" {
	assert_as_clean callbacks header-in-body 503,200
	easy callbacks header-in-body 302~to=503%2C200
	assert_equal "$(grep -c 'H:HTTP/1.1 302' out)" 1
	assert_equal "$(grep -c 'B:HTTP/1.1 302' out)" 1
	assert_equal "$(grep -c 'HTTP/1.1 503' out)" 0
}

@test "CURLOPT_HEADER: a body goes to the program as it comes" {
	# Only 1,000 bytes and the header ever come: who waited for more would never see them.
	for body in stall=1000 stall=1000~chunked; do
		retry "$BUILD/tests/easy_callbacks" header-streams "$(url 503,200~len=300000~$body "$body/x")" 1050 >out
		assert_contains "$(cat out)" "code=23 status=200"
	done
}

@test "a callback that pauses gets every byte once" {
	# libcurl joins the header lines of a pause into one: how many calls there are is not compared.
	for script in 503,200~len=200000 200~len=200000; do
		easy pauses often $script 3
		"$BUILD/tests/easy_pauses" often "$(url 200~len=200000 y)" 3 >clean
		assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
	done
}

@test "a callback that pauses gets every byte once, of a continuation too" {
	easy pauses often 503,200~len=200000~etag=v1~cut=100000,200~len=200000~etag=v1 3
	"$BUILD/tests/easy_pauses" often "$(url 200~len=200000 y)" 3 >clean
	assert_equal "$(sed 's/headers=[0-9]* //' out)" "$(sed 's/headers=[0-9]* //' clean)"
	assert_log retry resume recovered
}

@test "STALL_TIMEOUT does not run while the program holds a transfer up, and runs again afterwards" {
	local paced=200~len=600000~etag=v1~pace=20000:10
	# Each pause is twice as long as what counts as a stall.
	CURLRETRY_STALL_TIMEOUT=400ms easy pauses long 503,$paced~cut=150000,$paced 800
	"$BUILD/tests/easy_pauses" long "$(url $paced y)" 1 >clean
	# libcurl 8.14 by itself gives what it has read already in spite of the pause.
	! grep -q early=1 clean || sed -i s/early=1/early=0/ out clean
	assert_files_equal out clean
	assert_contains "$(cat out)" "rounds=2 early=0"
	assert_log retry resume recovered
	CURLRETRY_STALL_TIMEOUT=400ms easy pauses long 200~len=300000~stall=250000~pace=20000:10 800
	assert_contains "$(cat out)" "rounds=2 "
	assert_contains "$(cat out)" "code=28 status=200"
}

@test "a time limit that runs out while the program holds a transfer up ends it" {
	CURLRETRY_ATTEMPT_TIMEOUT=400ms easy pauses long 200~len=300000~etag=v1 5000
	assert_contains "$(cat out)" "code=28 status=200"
	assert_log
}

@test "a transfer given up counts its attempts, whatever has come in the last" {
	easy results plain 503,200~len=300000~cut=100000
	assert_contains "$(cat out)" "code=18 status=200"
	assert_log retry gave_up:permanent
	assert_equal "$(events attempt | tail -n 1)" 2
}

@test "options set from inside a callback hold from there on" {
	assert_as_clean callbacks setopt-in-callback 503,200
}

@test "a callback may run another handle, both retried" {
	local inner
	inner=$(url 503,200 inner)
	easy callbacks nested 503,200 "$inner"
	assert_contains "$(cat out)" "inner: $ok"
	assert_contains "$(tail -n 1 out)" "$ok"
	assert_log retry retry recovered recovered
}

@test "a write callback's refusal is the program's and never retried" {
	easy callbacks refuse 503,200~len=300000,200 body
	assert_contains "$(cat out)" "code=23 status=200"
	assert_requests 2
	assert_log retry recovered
}

@test "a refusal in the first attempt, of a header or late in the body, ends there" {
	for what in header body line later; do
		retry "$BUILD/tests/easy_callbacks" refuse "$(url 200~len=300000,200 $what/x)" $what >out
		assert_contains "$(cat out)" "code=23 status=200"
		# Who has refused is not called again.
		[ $what = later ] || assert_contains "$(cat out)" "calls=1 "
		assert_requests 1 "$(key)/$what"
	done
	assert_log
}

@test "a header line refused after libcurl is done is a write error, and said to be one" {
	easy callbacks refuse-head 503,200~len=5000
	assert_contains "$(cat out)" "code=23 status=200"
	assert_contains "$(cat out)" "error=set"
	assert_log retry recovered
}

@test "_exit in a callback is an exit" {
	run easy callbacks exit-in-callback 503,200
	assert_status 42
}

# --- request bodies ---

@test "a body from a read callback is sent again, whole" {
	easy bodies upload 503,200
	assert_contains "$(cat out)" "code=0 status=200"
	assert_equal "$(ledger body_received)" $'4096\n4096'
	assert_equal "$(ledger body_sha256 | sort -u | wc -l)" 1
}

@test "an upload that begins at a byte is that part of the body, though its callback cannot seek" {
	assert_as_clean bodies upload 503,200 resume
	[[ $(cat out) != code=43* ]] || skip "this libcurl resumes no upload over HTTP"
	assert_equal "$(ledger body_received | sort -u)" 3996
	assert_equal "$(ledger body_sha256 | sort -u | wc -l)" 1
}

@test "a chunked body with trailers is sent again by a libcurl that can, and else once" {
	easy bodies upload 503,200 trailers
	if [ "$(requests)" -eq 1 ]; then
		assert_contains "$(cat out)" "code=0 status=503"
		assert_log not_retried:body
	else
		assert_contains "$(cat out)" "code=0 status=200"
		assert_equal "$(ledger body_received)" $'4096\n4096'
		assert_log retry recovered
	fi
}

@test "a body from a read callback is asked for once where it is kept" {
	easy bodies upload 503,503,200
	assert_contains "$(cat out)" "read=4096"
}

@test "READFUNC_ABORT is the program's and never retried" {
	run easy bodies upload 503,200 abort
	assert_contains "$(cat out)" "code=42"
	assert_log
}

@test "POST bodies of each kind go again identical where the method is allowed" {
	for kind in fields copy mime mime-seek mime-once callback null null-callback; do
		CURLRETRY_METHODS=+POST retry "$BUILD/tests/easy_bodies" post "$(url 503,200 $kind/x)" $kind >out < <(body_of 4096)
		assert_contains "$(cat out)" "$ok"
		assert_equal "$(ledger body_sha256 "$(key)/$kind" | uniq -c | awk '{ print $1 }')" 2 $kind
	done
}

@test "a body that only its program could read again is not sent again" {
	# A part of an old form, CURLFORM_STREAM.
	CURLRETRY_METHODS=+POST retry "$BUILD/tests/easy_bodies" post "$(url 503,200)" stream >out
	assert_contains "$(cat out)" "code=0 status=503"
	assert_requests 1
	[ "$(ledger body_received)" -gt 4096 ]
	assert_log not_retried:body
}

@test "of which nothing was read, it is" {
	local port
	port=$(free_port)
	for kind in stream mime-once; do
		CURLRETRY_ATTEMPTS=2 retry "$BUILD/tests/easy_bodies" post "http://127.0.0.1:$port/" $kind >out
		assert_contains "$(cat out)" "code=7"
	done
	assert_log retry gave_up:attempts retry gave_up:attempts
}

# --- options and handles ---

@test "what the program has set is as before when the call returns" {
	# The second call goes past the shim.
	easy restored options 503,200 "$(url 200 x)"
	assert_equal "$(sort -u out | wc -l)" 1
	assert_contains "$(cat out)" "$ok"
}

@test "imposed timeouts are gone when the call returns" {
	CURLRETRY_ATTEMPT_TIMEOUT=300ms CURLRETRY_CONNECT_TIMEOUT=200ms easy restored options stall,200 "$(url 200~delay=900 slow)"
	assert_equal "$(cut -d ' ' -f 1,2 out)" $'code=0 status=200\ncode=0 status=200'
	assert_equal "$(events | head -n 1)" retry
}

@test "both progress callbacks, and their switch, are as before when the call returns" {
	CURLRETRY_STALL_TIMEOUT=60s easy restored progress 503,200 "$(url 503,200 b)"
	assert_file out "xferinfo=called progress=called off=quiet"
}

@test "the read callback is as before when the call returns" {
	easy restored upload 200
	assert_equal "$(grep -c '^read=4096$' out)" 2
}

@test "a duplicate made before any transfer is retried, its original gone" {
	easy handles dup-before 503,200
	assert_contains "$(cat out)" "$ok"
	assert_log retry recovered
}

@test "what is set after a transfer counts for the next one, and for a duplicate" {
	easy handles dup-after "503,200~len=100,503,200~len=100,503,200~len=100"
	assert_file out "$(printf 'code=0 status=200 headers=%d bytes=%d error=empty\n' 4 100 0 100 0 200)
first=100"
}

@test "a duplicate made in the middle of a transfer carries nothing of ours" {
	easy handles duphandle 503,200 "$(url 503,200 copy)"
	assert_contains "$(grep copy: out)" "code=0 status=200 headers=4"
	assert_contains "$(tail -n 1 out)" "$ok"
	assert_log retry retry recovered recovered
}

@test "a handle that was reset has nothing left of before, and is retried" {
	easy handles reset 503,200
	assert_contains "$(cat out)" "code=0 status=200 headers=0"
	assert_contains "$(cat out)" "old=0"
	assert_equal "$(ledger method | sort -u)" GET
}

@test "a handle made in one thread is retried in another" {
	easy processes handed-over 503,200
	assert_contains "$(cat out)" "$ok"
}

@test "a million resets grow nothing" {
	easy handles churn 503,200 1000000
	assert_contains "$(cat out)" "grown=no"
}

@test "twenty thousand handles at once all work" {
	easy handles many 503,200
	assert_file out "failed=0"
}

@test "handles that never performed, and no handle at all, do no harm" {
	easy handles no-perform 200
	assert_file out "done"
	assert_as_clean handles no-handle 200
}

@test "a handle is retried in a multi handle, and outside of it afterwards" {
	easy handles multi 503,200,503,200
	assert_equal "$(cut -d ' ' -f 1,2 out)" $'code=0 status=200\ncode=0 status=200'
	assert_requests 4
}

@test "after a transfer that was continued, getinfo tells of a later one in a multi" {
	local script=200~len=100000~etag=v1
	easy handles multi-after $script~cut=40000,$script,404~len=77
	assert_equal "$(sed 's/ headers=[0-9]*//; s/ error=.*//' out)" "code=0 status=200 bytes=100000
size=100000 length=100000
code=0 status=404 bytes=77
size=77 length=77"
	assert_log resume recovered
}

@test "even where it looks like the last part of the transfer that was continued" {
	local script=200~len=100000~etag=v1
	# 30,000 bytes by a 206, twice.
	CURLRETRY_HOLD=0 easy handles multi-after $script~cut=20000,$script,$script~short=30000 50000-
	assert_equal "$(sed 's/ headers=[0-9]*//; s/ error=.*//' out)" "code=0 status=206 bytes=50000
size=50000 length=50000
code=0 status=206 bytes=30000
size=30000 length=30000"
	assert_log resume recovered
}

# --- waiting ---

@test "both progress callbacks go on during a wait, at least every 250 ms" {
	for kind in new old; do
		CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=2s CURLRETRY_MAX_DELAY=2s \
			retry "$BUILD/tests/easy_progress" $kind "$(url 503,200 $kind/x)" >out
		local calls delay
		calls=$(sed 's/calls=\([0-9]*\) .*/\1/' out)
		delay=$(events delay_ms | head -n 1)
		assert_contains "$(cat out)" "$ok"
		[ "$calls" -ge $((delay / 250)) ] || fail "$calls calls in $delay ms"
		rm log
	done
}

@test "a progress callback that returns non-zero in a wait ends the call within a second" {
	for kind in new old; do
		CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=50s CURLRETRY_MAX_DELAY=50s \
			retry "$BUILD/tests/easy_progress" $kind "$(url 503,200 $kind/x)" 1000 >out
		assert_contains "$(cat out)" "ended=soon code=42"
		assert_requests 1 "$(key)/$kind"
	done
	assert_log retry gave_up:aborted retry gave_up:aborted
	[ "$(events elapsed_ms | sed -n 2p)" -lt $(($(events delay_ms | head -n 1) / 5)) ]
}

@test "signals are delivered and do not shorten a wait" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=500ms CURLRETRY_MAX_DELAY=500ms easy processes signalled 503,200
	assert_contains "$(cat out)" "signals=many $ok"
	[ "$(events elapsed_ms | tail -n 1)" -ge "$(events delay_ms | head -n 1)" ]
}

# --- processes ---

@test "a wait ends where the program's clock stands still" {
	skip_without faketime
	! grep -qa /ld-musl- "$(command -v curl)" || skip "faketime is for glibc"
	local library
	library=$(faketime -f +0s printenv LD_PRELOAD) || skip "faketime does not run here"
	# Not by faketime itself, which leaves a child that hangs behind.
	for interface in "" -Z; do
		retry env LD_PRELOAD="$BUILD/libcurlretry.so $library" FAKETIME='2026-01-01 00:00:00' \
			curl -sS ${interface:+"$interface"} "$(url 503,200 "by$interface/x")" -o out
		assert_requests 2 "$(key)/by$interface"
	done
	assert_log retry recovered retry recovered
}

@test "forked children wait each its own jitter" {
	CURLRETRY_BASE_DELAY=200ms CURLRETRY_MAX_DELAY=200ms retry "$BUILD/tests/easy_processes" forks "$(url 503,200 x)" >out
	assert_equal "$(sort -u out)" status=0
	assert_equal "$(events delay_ms | grep -vxc -)" 4
	[ "$(events delay_ms | grep -vx - | sort -u | wc -l)" -ge 2 ]
}

@test "with SEED forked children's jitter is reproducible" {
	for run in 1 2; do
		CURLRETRY_SEED=7 CURLRETRY_BASE_DELAY=50ms CURLRETRY_MAX_DELAY=50ms \
			retry "$BUILD/tests/easy_processes" forks "$(url 503,200 "$run")" >out
		events delay_ms | grep -vx - | sort >"delays$run"
		rm log
	done
	assert_files_equal delays1 delays2
}

@test "children forked while threads wait neither hang nor lose anything" {
	CURLRETRY_BASE_DELAY=100ms easy processes fork-in-threads 503,200
	assert_equal "$(grep -c "$ok" out)" 4
	assert_contains "$(cat out)" "failed=0"
}

@test "a program that closes all descriptors is retried, and finds none of our lines in its files" {
	for format in text json; do
		CURLRETRY_LOG=stderr CURLRETRY_LOG_FORMAT=$format \
			retry "$BUILD/tests/easy_processes" descriptors "$(url 503,200 $format/x)" "$PWD/own" >out 2>err
		assert_contains "$(cat out)" "code=0 bytes="
		assert_equal "$(cat own)" ""
		assert_requests 2 "$(key)/$format"
	done
}

@test "eight threads, a third of their transfers failing first, are all right" {
	retry "$BUILD/tests/easy_processes" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 60 >out
	assert_file out wrong=0
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 160 recovered\n 160 retry'
	assert_equal "$(events transfer | sort -u | wc -l)" 160
}

# --- cookies, Referer ---

@test "cookies that a failed attempt set are taken back, older ones are as before" {
	easy cookies own 503~cookie=failed:1~cookie=kept:new,200
	assert_contains "$(cat out)" $'kept\told'
	assert_lacks "$(cat out)" failed
	assert_equal "$(ledger headers.cookie | sort -u)" "kept=old"
}

@test "a cookie that a failed attempt deleted is there again" {
	# With the next cookie that comes, libcurl throws away what has expired.
	for step in 503~cookie=kept:%3B%20Max-Age=0 503~cookie=kept:%3B%20Max-Age=0~cookie=other:1; do
		easy cookies own $step,200
		assert_contains "$(cat out)" $'kept\told'
		assert_lacks "$(cat out)" other
	done
	assert_equal "$(ledger headers.cookie | sort -u)" "kept=old"
}

@test "cookies that the last attempt set stay" {
	easy cookies own 503~cookie=failed:1,200~cookie=good:2
	assert_contains "$(cat out)" $'good\t2'
	assert_lacks "$(cat out)" failed
}

@test "a cookie set by a hop of a failed attempt is not sent in the next" {
	easy cookies own 503~cookie=a:1,503~cookie=b:2,200
	assert_equal "$(ledger headers.cookie | sort -u)" "kept=old"
}

@test "a jar that is shared keeps what others put into it while an attempt fails" {
	# The failing answer takes long enough for the program's progress callback to be called within it.
	retry "$BUILD/tests/easy_cookies" shared "$(url 503~cookie=failed:1~len=20000~pace=4000:20,200 failing/x)" \
		"$(url 200~cookie=session:2 login/x)" >out
	assert_requests 1 "$(key)/login"
	assert_contains "$(cat out)" $'session\t2'
	assert_contains "$(cat out)" $'kept\told'
	assert_lacks "$(cat out)" failed
	assert_equal "$(ledger headers.cookie "$(key)/failing" | tail -n 1 | sed 's/; /\n/' | sort)" $'kept=old\nsession=2'
}

@test "AUTOREFERER: the next attempt begins without the last hop's Referer" {
	easy results referer 302~to=503%2C200
	assert_contains "$(cat out)" "code=0 status=200"
	assert_equal "$(ledger headers.referer | paste -sd' ')" "- $(url 302~to=503%2C200) - $(url 302~to=503%2C200)"
}
