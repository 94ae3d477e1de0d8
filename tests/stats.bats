# SPDX-License-Identifier: MIT
#
# curlretry --stats and --top, on a ledger that a client has filled.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export CURLRETRY_LEDGER=stats-$$-$BATS_TEST_NUMBER
	# Of the client, which waits until its standard input ends.
	mkfifo input
	CLIENT=
}

teardown() {
	end_client
	"$BUILD/tests/unit_ledger" remove "$CURLRETRY_LEDGER"
}

end_client() {
	[ -z "$CLIENT" ] || { exec {HOLD}>&-; wait "$CLIENT"; CLIENT=; }
}

fill() {
	"$BUILD/tests/unit_ledger" fill "$CURLRETRY_LEDGER" <input >filled 3>&- &
	CLIENT=$!
	exec {HOLD}>input
	until grep -q filled filled; do
		kill -0 "$CLIENT" || skip "no shared memory here"
	done
}

stats() {
	"$BUILD/curlretry" "--stats${1:+=$1}"
}

@test "--stats has a line for each destination, the worst first" {
	fill
	stats >out
	assert_equal "$(head -n 1 out | tr -s ' ')" "STATE DESTINATION TRANSFERS REQUESTS RETRIES RECOVERED GAVE-UP NOT-RETRIED WAITING RATE AMPL LAST ERROR"
	assert_equal "$(sed 1d out | awk '{ print $1, $2, $3, $4, $5, $6, $7, $8, $9, $11 }')" "$(
		cat <<-EOF
			down https://down.example:443 40 40 0 0 0 1 3 1.00
			failing http://failing.example:80 6 14 8 0 4 0 0 2.33
			ok http://a-name-that-is-longer-than-a-terminal.is-wide.in-its-column.example:80 1 1 0 0 0 0 0 1.00
			ok http://ok.example:80 110 120 10 10 0 0 0 1.09
		EOF
	)"
	grep -qE '^down .* CURLE_COULDNT_CONNECT, [0-9]+s ago$' out
	grep -qE '^ok .* 503, 2m ago$' out
}

@test "--stats=json is an array with an object for each" {
	fill
	stats json >out
	assert_equal "$(jq -c '.[0] | del(.last_error_at, .rate)' out)" \
		'{"destination":"https://down.example:443","state":"down","transfers":40,"requests":40,"retries":0,"recovered":0,"gave_up":0,"not_retried":1,"waiting":3,"amplification":1,"last_error":"CURLE_COULDNT_CONNECT"}'
	assert_equal "$(jq -r '.[] | [.destination, .state, .requests, .last_error] | join(" ")' out | sed 1d)" "$(
		cat <<-EOF
			http://failing.example:80 failing 14 503
			http://a-name-that-is-longer-than-a-terminal.is-wide.in-its-column.example:80 ok 1 
			http://ok.example:80 ok 120 503
		EOF
	)"
	# Seven seconds before it was filled.
	local at
	at=$(jq -r '.[0].last_error_at | fromdate' out)
	[ "$at" -le "$(date +%s)" ] && [ "$at" -gt "$(($(date +%s) - PATIENCE))" ]
}

@test "--stats=openmetrics passes the parser of Prometheus's client" {
	skip_without_module prometheus_client
	fill
	stats openmetrics >out
	"$PYTHON" - out >parsed <<-EOF
		import sys
		from prometheus_client.openmetrics.parser import text_string_to_metric_families
		for family in text_string_to_metric_families(open(sys.argv[1]).read()):
		    for sample in family.samples:
		        if "ok.example" in sample.labels["destination"]:
		            print(family.type, sample.name, sample.labels.get("state", "-"), int(sample.value))
	EOF
	assert_equal "$(grep -v 'per_second\|timestamp' parsed)" "$(
		cat <<-EOF
			unknown curlretry_transfers_total - 110
			unknown curlretry_requests_total - 120
			unknown curlretry_retries_total - 10
			unknown curlretry_recovered_total - 10
			unknown curlretry_gave_up_total - 0
			unknown curlretry_not_retried_total - 0
			gauge curlretry_waiting - 0
			gauge curlretry_state down 0
			gauge curlretry_state failing 0
			gauge curlretry_state ok 1
		EOF
	)"
	assert_equal "$(tail -n 1 out)" "# EOF"
}

@test "--stats=openmetrics passes promtool" {
	skip_without promtool
	fill
	run -0 promtool check metrics < <(stats openmetrics)
	assert_equal "$output" ""
}

@test "--stats=reset forgets all destinations" {
	fill
	end_client
	run -0 stats reset
	assert_equal "$output" ""
	assert_equal "$(stats | wc -l)" 1
	assert_equal "$(stats json)" "[]"
}

@test "a ledger that nobody has made holds nothing, and is not made" {
	assert_equal "$(CURLRETRY_LEDGER=nobody-$$ stats json)" "[]"
	assert_equal "$(CURLRETRY_LEDGER=nobody-$$ stats | wc -l)" 1
	run -0 "$BUILD/curlretry" "--ledger=nobody-$$" --stats=reset
	assert_lacks "$(CURLRETRY_LEDGER=nobody-$$ stats openmetrics)" "destination="
}

@test "--stats and --top refuse what they do not know, and a ledger that is off" {
	run ! "$BUILD/curlretry" --stats=xml
	assert_status 125
	assert_equal "$output" 'curlretry: --stats: bad value "xml" (allowed: json, openmetrics or reset)'
	for mode in --stats --stats=reset --top; do
		run ! "$BUILD/curlretry" --ledger=off "$mode"
		assert_status 125
		assert_equal "$output" "curlretry: CURLRETRY_LEDGER is off: nothing is counted"
	done
	run ! "$BUILD/curlretry" --top=1
	assert_equal "$output" "curlretry: option --top takes no value"
}

@test "another user's ledger is neither read nor reset" {
	skip_without setpriv
	skip_without_privileges
	fill
	assert_equal "$(setpriv --reuid 65534 --clear-groups "$BUILD/curlretry" --stats=json)" "[]"
	setpriv --reuid 65534 --clear-groups "$BUILD/curlretry" --stats=reset
	assert_equal "$(stats json | jq length)" 4
}

@test "--top in a pipe is one frame of 80 columns without escapes" {
	fill
	LC_ALL=C "$BUILD/curlretry" --top >out
	assert_equal "$(awk '{ print $1, $2 }' out)" "$(
		cat <<-EOF
			curlretry: 1
			STATE DESTINATION
			down down.example:443
			failing failing.example:80
			ok a-name-that-is-longer-th>
			ok ok.example:80
		EOF
	)"
	[ "$(LC_ALL=C.UTF-8 wc -L <out)" -le 80 ]
	assert_lacks "$(<out)" $'\033'
	# Who is down, who waits, why.
	assert_contains "$(sed -n 3p out | tr -s ' ')" "# 3 1 1.00"
	assert_equal "$(sed -n 3p out | awk '{ print $NF }')" connect
	LC_ALL=C.UTF-8 "$BUILD/curlretry" --top >out
	assert_contains "$(<out)" █
}

# top COLUMNS KEYS: in a terminal.
top() {
	TERM=xterm LC_ALL=C.UTF-8 "$PYTHON" -B "$REPO/tests/terminal.py" "$1" "$2" "$BUILD/curlretry" --top >out
}

@test "--top in a terminal is live until q or a signal, and leaves it as it was" {
	local key
	fill
	for key in q int term tstp; do
		top 80 $key
		assert_equal "$(tail -n 3 out)" $'status 0\nrestored\ncolours'
		assert_lacks "$(<out)" "not restored"
		[ "$(LC_ALL=C.UTF-8 wc -L <out)" -le 80 ]
		grep -qE '^[a-z]+ +down.example:443 ' out
	done
}

@test "--top goes by the terminal's width, and by NO_COLOR" {
	fill
	top 140 q
	grep -q 'a-name-that-is-longer-than-a-terminal.is-wide.in-its-column.example' out
	top 40 q
	[ "$(head -n 6 out | LC_ALL=C.UTF-8 wc -L)" -le 40 ]
	NO_COLOR=1 top 80 q
	assert_equal "$(tail -n 2 out)" $'status 0\nrestored'
}

@test "a failure that a retry has saved is told, a file of this machine's is no destination" {
	start_server
	retry curl -sS -o out "$(url 503,200)" "file://$PWD/input-of-no-server" || true
	stop_server
	stats json >out
	assert_equal "$(jq -r '.[] | [.destination, .transfers, .requests, .recovered, .last_error] | join(" ")' out)" \
		"http://127.0.0.1:$HTTP_PORT 1 2 1 503"
}
