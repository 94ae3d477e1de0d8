# SPDX-License-Identifier: MIT
#
# How long things live: a message after its handle was removed, what a program has freed, a handle
# whose call never came back, a process that ends in a wait.

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

# waits COMMAND...: under curlretry, with waits that outlast the test.
waits() {
	CURLRETRY_BASE_DELAY=1h CURLRETRY_MIN_DELAY=1h CURLRETRY_MAX_DELAY=1h retry "$@"
}

# --- messages ---

@test "a message is the same after its handle was removed, and after a reset" {
	local refused
	refused=http://127.0.0.1:$(free_port)/
	retry "$BUILD/tests/removed_first" "$(url 503,200 a)" "$refused" "$(url 200~len=100~cut=10 b)" >out
	assert_file out "$(printf '1 right %d\n' 0 0 0 7 7 7 18 18 18)"
}

@test "GStreamer's curlhttpsrc ends, observed or not" {
	skip_without gst-launch-1.0 gst-inspect-1.0
	gst-inspect-1.0 curlhttpsrc >/dev/null 2>&1 || skip "GStreamer's curlhttpsrc is not installed"
	local mode
	for mode in observe on; do
		CURLRETRY_MODE=$mode retry gst-launch-1.0 -q curlhttpsrc "location=$(url 200~len=70000 "$mode")" ! \
			filesink location=out
		assert_body out 70000
	done
	retry gst-launch-1.0 -q curlhttpsrc "location=$(url 503,503,200~len=70000 retried)" ! filesink location=out
	assert_body out 70000
	assert_requests 5
}

# --- what the program may have freed ---

# freed WHAT URL NEXT_URL: nothing is read of what was.
freed() {
	retry valgrind -q --error-exitcode=99 "$BUILD/tests/freed" "$@" >out
}

@test "header fields that were freed after an HTTP transfer are not read for another protocol" {
	skip_without valgrind
	echo content >file
	freed list "$(url 200)" "file://$PWD/file"
	assert_file out $'0\n0'
}

@test "a form that was freed after an HTTP transfer is not read for another protocol" {
	skip_without valgrind
	freed form "$(url 200)" "file://$PWD/missing"
	assert_file out $'0\n37'
}

@test "an upload's file that was closed is not looked at in a download" {
	skip_without valgrind
	freed file "$(url 503,200 a)" "$(url 503,200 b)"
	assert_file out $'0\n0'
	assert_equal "$(ledger body_sha256 | sort -u | wc -l)" 2
	assert_requests 4
}

# --- calls that never come back ---

# libcurl's answer for a handle that a call was broken off on.
in_use=$'2, 0 bytes, easy handle already used in multi handle'

@test "a handle whose wait was jumped out of is as after a jump out of libcurl" {
	waits "$BUILD/tests/broken_off" jump "$(url 503 a)" "$(url 200~len=20 b)" >out
	assert_file out "again: $in_use
reset: $in_use
copy: 0, 20 bytes, "
}

@test "a handle whose wait was cancelled is as after a cancellation in libcurl" {
	waits "$BUILD/tests/broken_off" cancel "$(url 503 a)" "$(url 200~len=20 b)" >out
	assert_file out "again: $in_use
reset: $in_use
copy: 0, 20 bytes, "
}

@test "a handle that its progress callback performs in a wait is in use, and goes on" {
	CURLRETRY_BASE_DELAY=600ms CURLRETRY_MAX_DELAY=600ms \
		retry "$BUILD/tests/broken_off" nested "$(url 503,200~len=10 a)" "$(url 200~len=20 b)" >out
	assert_contains "$(cat out)" "inside: $in_use
outside: 0, 10 bytes, "
	assert_contains "$(cat out)" "again: 0, 20 bytes, "
}

# --- processes that end ---

@test "a process that ends is not held up by a wait, whoever ends it" {
	local how
	for how in other main multi; do
		rm -f log
		waits "$BUILD/tests/exits" "$how" "$(url 503 "$how")" >out
		assert_file out exits
	done
}

@test "handlers at the exit can use libcurl while another thread waits" {
	local how
	for how in other main multi; do
		rm -f log
		waits "$BUILD/tests/exits" "$how" "$(url 503 "$how")" "$(url 200~len=4 "$how-next")" >out
		assert_equal "$(tail -n 1 out)" exits
		assert_contains "$(cat out)" " 0"
	done
}

@test "collectd, told to end in a wait, ends within CURLRETRY_MAX_TIME" {
	local plugins pid
	skip_without collectd
	plugins=$(dirname "$(find /usr/lib -path '*/collectd/curl.so' -print -quit)")
	[ -e "$plugins/curl.so" ] || skip "collectd's curl plugin is not installed"
	cat >collectd.conf <<-END
		Hostname "here"
		FQDNLookup false
		Interval 1
		BaseDir "$PWD"
		PluginDir "$plugins"
		LoadPlugin curl
		<Plugin curl>
			<Page "page">
				URL "$(url 503)"
				MeasureResponseTime true
			</Page>
		</Plugin>
	END
	# shellcheck disable=SC2016  # for the shell inside
	# Without it, a transfer would outlast the test.
	CURLRETRY_MAX_TIME=3s CURLRETRY_ATTEMPTS=100 CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=1s \
		CURLRETRY_MAX_DELAY=1s retry sh -c 'echo $$ >pid; exec collectd -f -C collectd.conf' >out 2>&1 3>&- &
	pid=$!
	until [[ $(events) == *retry* ]]; do
		kill -0 "$pid" || fail "collectd has ended" "$(cat out)"
		sleep 0.05
	done
	kill -TERM "$(cat pid)"
	wait "$pid"
	assert_equal "$(events | tail -n 1)" gave_up:deadline
}
