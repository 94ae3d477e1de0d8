# SPDX-License-Identifier: MIT
#
# The C clients' scenarios under AddressSanitizer, UndefinedBehaviorSanitizer, ThreadSanitizer and
# valgrind.

load helpers

setup_file() {
	export ASAN=$BUILD/address-undefined TSAN=$BUILD/thread
	[ -z "${EMULATED:-}" ] || return 0
	start_server
	build_with address,undefined easy_{bodies,callbacks,cookies,handles,pauses,processes,progress,restored,results} \
		headers mime multi_{loops,processes,timer,waiting} unit_{held,ledger,pacer,rooms,spool,transfer}
	build_with thread easy_processes mime multi_scale unit_{ledger,policies,rooms}
}

teardown_file() {
	stop_server
}

setup() {
	[ -z "${EMULATED:-}" ] || skip "sanitizers do not run under $EMULATED"
	cd "$BATS_TEST_TMPDIR" || return
	export CURLRETRY_BASE_DELAY=5ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_LOG=$PWD/log CURLRETRY_LOG_FORMAT=json
}

# under BUILD_FOLDER COMMAND...: the shim of that folder is preloaded before the sanitizer's runtime,
# which the client brings.
under() {
	ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=${ASAN_LEAKS:-1}:exitcode=99 UBSAN_OPTIONS=halt_on_error=1:exitcode=99 \
		TSAN_OPTIONS=exitcode=99:die_after_fork=0:report_thread_leaks=0:suppressions=$REPO/tests/tsan.supp \
		timeout "${LIMIT:-300}" setarch -R env LD_PRELOAD="$1/libcurlretry.so" "${@:2}" 2>errors || {
		local status=$?
		cat errors >&2
		return $status
	}
}

# All scenarios of the clients easy_TOPIC that end by themselves.
each_scenario() {
	local base=http://127.0.0.1:$HTTP_PORT/s/ topic scenario script argument place n=0
	while read -r topic scenario script argument; do
		argument=${argument//@/$base}
		printf '%s %s\n' "$topic" "$scenario"
		place=$(key)-$((++n))
		under "$ASAN" "$ASAN/tests/easy_$topic" "$scenario" "$base$script/$place/x" ${argument:+"${argument/%+//$place/y}"} >out || return
		assert_lacks "$(cat out)" FAILED
	done <<-EOF
		results plain 503,rst,200~len=100000
		results info 503,302~to=503%2C200
		restored options 503,200
		restored progress 503,200 @503,200+
		restored upload 503,200
		handles dup-before 503,302~to=200
		handles dup-after 503,200,503,200,503,200
		handles duphandle 503,200 @503,200+
		handles reset 503,200
		handles churn 503,200 2000
		progress new 503,200
		progress old 503,200
		pauses often 503,200~len=100000 3
		pauses often 503,200~len=100000~etag=a~cut=50000,200~len=100000~etag=a 3
		pauses long 200~len=200000~etag=a~cut=150000~pace=20000:10,200~len=200000~etag=a~pace=20000:10 1
		callbacks hops 503~103,302~to=503%2C200
		callbacks header-data-alone 503,200
		callbacks header-in-body 302~to=503%2C200
		callbacks setopt-in-callback 503,200
		callbacks nested 503,200 @503,200+
		bodies upload 503,200
		bodies upload 503,200 abort
		bodies post 503,200 mime
		bodies post 503,200 callback
		bodies post 503,200 mime-seek
		bodies post 503,200 mime-once
		bodies post 503,200 stream
		callbacks refuse 503,200~len=100000 later
		callbacks refuse-head 503,200~len=500
		callbacks header-streams 503,200~len=100000 50000
		handles no-perform 200
		handles no-handle 200
		processes handed-over 503,200
		handles multi 503,200
		handles multi-after 200~len=100000~etag=a~cut=50000,200~len=100000~etag=a~norange 1000-
		handles multi-after 200~len=100000~etag=a~cut=50000,503,200~len=100000~etag=a
		cookies own 503~cookie=a:1~cookie=kept:2,200~cookie=b:3
		cookies shared 503~cookie=failed:1~len=20000~pace=4000:5,200 @200~cookie=session:2+
		results referer 302~to=503%2C200
		processes forks 503,200
	EOF
}

@test "AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer find nothing in any scenario" {
	CURLRETRY_METHODS=+POST each_scenario
	assert_contains "$(events)" recovered
}

# each_multi DELAY SCRIPTS TOPIC MODE...: of the client multi_TOPIC, with a transfer for each script.
each_multi() {
	local mode script urls
	for mode in "${@:4}"; do
		rm -f log
		urls=()
		for script in $2; do
			urls+=("$(url "$script" "$mode-${#urls[@]}")")
		done
		CURLRETRY_MIN_DELAY=$1 CURLRETRY_BASE_DELAY=$1 CURLRETRY_MAX_DELAY=$1 CURLRETRY_JITTER=none \
			under "$ASAN" "$ASAN/tests/multi_$3" "$mode" "${urls[@]}" >"out.$mode" || fail "$mode" "$(cat "out.$mode")"
	done
}

@test "AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer: multi handles" {
	each_multi 20ms '503,rst,200~len=50000 200~len=9000~etag=a~cut=4000,200~len=9000~etag=a' \
		loops plain:{wait,poll,fdset,timeout,socket,mixed,all}
	each_multi 300ms 503,200 processes descriptors forks forks-on
	each_multi 300ms 503,200 waiting move perform reset
	each_multi 300ms '503,200 200~len=7' waiting change
	each_multi 60s 503,200 waiting remove cleanup multi-cleanup
	each_multi 60s '503 stall' timer fails
}

# faults_on_purpose: of each kind that there is, in half of all attempts.
faults_on_purpose() {
	export CURLRETRY_ATTEMPTS=20 CURLRETRY_LEDGER=off
	export CURLRETRY_INJECT=503@9%,refused@9%,dns@9%,tls@9%,reset@9%,cut:5@9%,delay:5ms@9%,stall:5ms@9%
}

@test "AddressSanitizer and UndefinedBehaviorSanitizer: faults on purpose" {
	local loop i urls=()
	faults_on_purpose
	for i in {1..20}; do
		urls+=("$(url 200~len=3000 "$i")")
	done
	for loop in wait socket; do
		under "$ASAN" "$ASAN/tests/multi_loops" "plain:$loop" "${urls[@]}" >out
		under "$ASAN" "$ASAN/tests/multi_loops" "plain:$loop" "${urls[@]}" >out
	done
	for i in {1..20}; do
		under "$ASAN" "$ASAN/tests/easy_bodies" upload "$(url 200 "put$i")" >out
	done
	assert_equal "$(events event:why | sed -n 's/^injected:\([a-z0-9]*\).*/\1/p' | sort -u | tr '\n' ' ')" \
		"503 cut delay dns refused reset stall tls "
}

@test "ThreadSanitizer: faults on purpose in 90 threads" {
	faults_on_purpose
	under "$TSAN" "$TSAN/tests/multi_scale" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 90 >out
	assert_contains "$(cat out)" wrong=0
	assert_contains "$(events)" injected:stall:5ms
}

@test "AddressSanitizer does watch the shim" {
	# What the shim allocates, from a stack that it is in: without a report there is nothing to trust.
	run nm -D "$ASAN/libcurlretry.so"
	assert_contains "$output" __asan_
	run nm -D "$TSAN/libcurlretry.so"
	assert_contains "$output" __tsan_
}

@test "AddressSanitizer: each call of libcurl's and each allocation fails once" {
	run -0 "$ASAN/tests/unit_transfer"
	assert_contains "$output" "ok - unit_transfer"
}

@test "AddressSanitizer: threads" {
	under "$ASAN" "$ASAN/tests/easy_processes" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 30 >out
	assert_file out wrong=0
}

@test "AddressSanitizer: forms by callback, and the fields of a response that was continued" {
	local scenario
	export CURLRETRY_METHODS=+POST
	for scenario in form reused nested duplicate threads duplicates-in-threads old-form; do
		# What may be shared is left behind: see mime.c.
		[[ $scenario == duplicate* ]] && local ASAN_LEAKS=0 || local ASAN_LEAKS=1
		under "$ASAN" "$ASAN/tests/mime" $scenario "$(url 503,307~to=200 $scenario)" >out
	done
	under "$ASAN" "$ASAN/tests/headers" "$(url 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v~trailer)" >out
	# Before libcurl 7.83 there is nothing to ask of it.
	grep -q absent out || assert_contains "$(events)" resume
}

@test "ThreadSanitizer: forms by callback" {
	export CURLRETRY_METHODS=+POST
	under "$TSAN" "$TSAN/tests/mime" threads "$(url 503,200 threads)" >out
	assert_file out wrong=0
	under "$TSAN" "$TSAN/tests/mime" duplicates-in-threads "$(url 503,200 duplicates)" >out
	assert_file out "done"
}

@test "ThreadSanitizer: eight threads of 1,000 transfers, a third of them failing first" {
	under "$TSAN" "$TSAN/tests/easy_processes" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 1000 >out
	assert_file out wrong=0
	# Every third, from the first on.
	assert_equal "$(events | grep -c recovered)" $((8 * 334))
}

@test "ThreadSanitizer: eight threads, each with a multi handle of its own" {
	under "$TSAN" "$TSAN/tests/multi_scale" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 90 >out
	assert_file out wrong=0
	assert_equal "$(events | grep -c recovered)" $((8 * 30))
}

@test "ThreadSanitizer: a multi handle goes to another thread while a transfer waits" {
	CURLRETRY_MIN_DELAY=100ms under "$TSAN" "$TSAN/tests/multi_scale" handed-over "$(url 503,200)" >out
	assert_contains "$(cat out)" "code=0 status=200"
}

@test "ThreadSanitizer: forks while threads wait" {
	local status=0
	LIMIT=60 under "$TSAN" "$TSAN/tests/easy_processes" fork-in-threads "$(url 503,200)" >out || status=$?
	# A child may find the sanitizer's own allocator locked, by a thread that it does not have (gcc 14).
	[ $status -ne 124 ] || skip "this ThreadSanitizer hangs in forked children"
	[ $status -eq 0 ]
	assert_contains "$(cat out)" failed=0
}

@test "ThreadSanitizer: a handle goes from one thread to another" {
	under "$TSAN" "$TSAN/tests/easy_processes" handed-over "$(url 503,200)" >out
	assert_contains "$(cat out)" "code=0 status=200"
}

@test "valgrind finds nothing" {
	skip_without valgrind
	local client scenario
	while read -r client scenario; do
		timeout 300 valgrind -q --trace-children=yes --error-exitcode=99 --leak-check=full \
			--errors-for-leak-kinds=definite env LD_PRELOAD="$BUILD/libcurlretry.so" \
			"$BUILD/tests/$client" "$scenario" "$(url 503,302~to=503%2C200 "$scenario")" "$(url 503,200 "$scenario-b")" >out 2>errors ||
			{ cat errors; return 1; }
	done <<-'END'
		easy_results plain
		easy_callbacks hops
		easy_callbacks header-in-body
		easy_cookies own
		easy_bodies upload
		easy_handles duphandle
		easy_pauses often
	END
	assert_contains "$(events)" recovered
}

@test "ThreadSanitizer: policies that change under 64 threads" {
	TSAN_OPTIONS=exitcode=99:die_after_fork=0 setarch -R "$TSAN/tests/unit_policies" 1000
}

@test "Sanitizers: what is held comes back, and its rooms are one thread's own" {
	local unit
	for unit in held spool rooms; do
		UBSAN_OPTIONS=halt_on_error=1:exitcode=99 setarch -R "$ASAN/tests/unit_$unit"
	done
	TSAN_OPTIONS=exitcode=99 setarch -R "$TSAN/tests/unit_rooms"
}

@test "AddressSanitizer and UndefinedBehaviorSanitizer: the ledger, with garbage in it" {
	UBSAN_OPTIONS=halt_on_error=1:exitcode=99 "$ASAN/tests/unit_pacer"
	ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:exitcode=99 setarch -R "$ASAN/tests/unit_ledger"
}

@test "ThreadSanitizer: sixteen threads share a ledger" {
	TSAN_OPTIONS=exitcode=99 setarch -R "$TSAN/tests/unit_ledger" threads
}
