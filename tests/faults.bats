# SPDX-License-Identifier: MIT
#
# What must never harm the program: no memory, bad settings, privileges, odd descriptors. And what
# the artifacts are made of.

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

# bare COMMAND...: with the library alone.
bare() {
	CURLRETRY_BASE_DELAY=1ms CURLRETRY_MIN_DELAY=1ms timeout --foreground "$PATIENCE" \
		env LD_PRELOAD="$BUILD/libcurlretry.so" "$@"
}

# starved NTH COMMAND...: the NTH allocation of the shim's fails.
starved() {
	skip_with_coverage
	CURLRETRY_BASE_DELAY=1ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_LOG=none FAILMALLOC_NTH=$1 \
		timeout --foreground "$PATIENCE" env LD_PRELOAD="$BUILD/libcurlretry.so $BUILD/tests/failmalloc" "${@:2}"
}

# --- out of memory ---

@test "whichever allocation fails, a transfer that needs no retry runs as without us" {
	for nth in {1..20}; do
		starved "$nth" curl -sS "$(url 302~to=200%7Elen=5000 "$nth")" -L -c jar -e referer -D head -o out
		assert_body out 5000
		assert_equal "$(grep -c HTTP/ head)" 2
	done
}

@test "with no memory at all a transfer runs as without us" {
	FAILMALLOC_ALL=1 starved 1 curl -sS "$(url 200~len=5000)" -c jar -D head -o out
	assert_body out 5000
	assert_equal "$(grep -c HTTP/ head)" 1
}

@test "whichever allocation fails, a failing transfer ends as the answer or as without us" {
	body_of 3000 body
	for nth in {1..30}; do
		starved "$nth" curl -sS "$(url 503~cookie=a:b,302~to=503%2C200 "$nth")" -L -b none -e ';auto' -T body -o out
		case $(cat out) in
		"answer 200 /$(key)/$nth" | "error page "*" 503 /$(key)/$nth") ;;
		*) fail "after allocation $nth: $(head -c 200 out)" ;;
		esac
	done
}

@test "whichever allocation fails, no scenario of the C clients crashes" {
	local client scenario
	while read -r client scenario; do
		for nth in {1..20}; do
			starved "$nth" "$BUILD/tests/$client" "$scenario" "$(url 503,200~len=5000 "$scenario$nth")" "$(url 503,200 "c$nth")" >out
			assert_contains "$(tail -n 1 out)$(grep code= out)" "code=0"
		done
	done <<-'END'
		easy_handles duphandle
		easy_handles reset
		easy_cookies own
		easy_callbacks hops
		easy_callbacks header-in-body
		easy_pauses often
	END
}

@test "these tests do make allocations of the shim's fail, and leave none out" {
	body_of 3000 body
	FAILMALLOC_COUNT=$PWD/count starved 0 curl -sS "$(url 503~cookie=a:b,302~to=503%2C200)" -L -b none -e ';auto' -T body -o out
	[ "$(cat count)" -ge 2 ] && [ "$(cat count)" -le 30 ] || fail "$(cat count) allocations"
	FAILMALLOC_COUNT=$PWD/other starved 0 "$BUILD/tests/easy_handles" duphandle "$(url 503,200)" "$(url 503,200 copy)" >out
	[ "$(cat other)" -le 20 ] || fail "$(cat other) allocations"
}

# --- settings ---

@test "each setting's bad values: one line, and the program runs as without us" {
	local setting value
	while read -r setting value; do
		rm -f out
		env "CURLRETRY_$setting=$value" LD_PRELOAD="$BUILD/libcurlretry.so" \
			curl -sS "$(url 503,200 "$setting-$BATS_TEST_NUMBER$RANDOM")" -o out -w '%{http_code}' >code 2>err
		assert_file code 503
		assert_equal "$(wc -l <err)" 1 "lines for $setting=$value"
		assert_contains "$(cat err)" "CURLRETRY_$setting"
		assert_contains "$(cat err)" "$value"
	done <<-EOF
		MODE maybe
		ATTEMPTS 0
		ATTEMPTS 101
		ATTEMPTS 3x
		ATTEMPTS -1
		BASE_DELAY 1y
		BASE_DELAY -1s
		BASE_DELAY 1e9s
		MULTIPLIER 0.5
		MULTIPLIER 11
		MULTIPLIER nan
		MAX_DELAY soon
		JITTER some
		MIN_DELAY 1ss
		MAX_TIME x
		MAX_RETRY_AFTER --1
		ON_STATUS 99
		ON_STATUS 504-502
		ON_STATUS 6xx
		ON_ERROR NO_SUCH
		ON_ERROR ABORTED_BY_CALLBACK
		METHODS G@T
		IDEMPOTENCY_KEY perhaps
		IDEMPOTENCY_HEADER a:b
		RESUME 2
		UPLOAD_BUFFER 1XB
		CONNECT_TIMEOUT never
		ATTEMPT_TIMEOUT -5
		STALL_TIMEOUT 1d1
		LEDGER a/b
		BUDGET 1
		BUDGET_FLOOR 0
		LOG_LEVEL loud
		LOG_FORMAT xml
		SEED seed
	EOF
}

@test "a bad setting leaves exit status and output as they are without us" {
	for option in -f "-i -L" "-T /etc/hostname" "-d x" "-X DELETE"; do
		# shellcheck disable=SC2086 # options
		CURLRETRY_ATTEMPTS=none LD_PRELOAD=$BUILD/libcurlretry.so \
			curl -sS $option "$(url 503~h=X-Page:no a)" >with 2>err && true
		local with=$?
		# shellcheck disable=SC2086
		curl -sS $option "$(url 503~h=X-Page:no b)" >without 2>err && true
		assert_equal $with $?
		assert_equal "$(sed 's/[0-9]//g; s,/a$,/b,' with)" "$(sed 's/[0-9]//g' without)"
	done
}

# --- privileges ---

@test "in a privileged process the shim is inert and opens nothing" {
	[ "$(id -u)" -eq 0 ] || skip "only root can make a privileged copy"
	[ -z "${EMULATED:-}" ] || skip "a file gives no privileges under $EMULATED"
	skip_without setpriv setcap
	# The loader preloads into such a process only by bare name, from its own folders, and only what
	# is itself set-user-ID.
	local folder name=libcurlretry-test-$$.so
	folder=/usr/lib/$(gcc -print-multiarch)
	[ -d "$folder" ] || skip "no $folder"
	cp "$(command -v curl)" curl
	chmod 755 curl . "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" || true
	setcap cap_net_raw+ep curl 2>/dev/null || skip "no file capabilities here"
	install -m 4755 "$BUILD/libcurlretry.so" "$folder/$name"
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	install -o 65534 -d own
	run "${as[@]}" env LD_PRELOAD=$name LD_DEBUG=libs CURLRETRY_LOG="$PWD/own/log" CURLRETRY_LOG_LEVEL=debug \
		"$PWD/curl" -sS "$(url 503,200)"
	rm -f "$folder/$name"
	assert_contains "$output" "error page 1 503"
	[ ! -e own/log ]
}

# --- artifacts ---

@test "the library needs nothing but libc" {
	assert_equal "$(readelf -d "$BUILD/libcurlretry.so" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -v '^libc\.so\.6$\|^libdl\.so\.2$\|^ld-linux')" ""
}

@test "the library exports what its map lists, and nothing else" {
	nm -D --defined-only "$BUILD/libcurlretry.so" | awk '{ sub("@.*", "", $3); print $3 }' | sort -u >exports
	sed -n '/global:/,/local:/ s/^[ \t]*\([a-z_]*\);.*/\1/p' "$BUILD/exports.map" | sort -u >map
	assert_files_equal exports map
}

@test "nothing happens before the first libcurl call" {
	skip_without strace
	[ -z "${EMULATED:-}" ] || skip "strace does not run under $EMULATED"
	strace -f -o without /bin/true
	LD_PRELOAD=$BUILD/libcurlretry.so strace -E LD_PRELOAD="$BUILD/libcurlretry.so" -o with /bin/true
	assert_lacks "$(cat with)" curlretry.conf
	assert_lacks "$(cat with)" /proc/self
}

@test "a process that never uses libcurl is as before" {
	run bare sh -c 'echo out; exit 7'
	assert_status 7
	assert_equal "$output" out
}
