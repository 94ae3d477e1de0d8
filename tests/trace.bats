#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The trace: a line for each attempt.

load helpers

setup_file() {
	start_server --tls
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export CURLRETRY_TRACE=$PWD/trace
}

# traced FILTER: of each line.
traced() {
	jq -rc "$1" trace
}

@test "each attempt has a line, in which the keys have their order" {
	retry curl -sS "$(url 503,200)" -o out
	assert_equal "$(traced '[.attempt, .status, .decision, .method] | join(" ")')" $'1 503 retry GET\n2 200 recovered GET'
	assert_equal "$(traced 'keys_unsorted | join(" ")' | head -n 1)" \
		"ts pid program transfer attempt method url http_version status remote local reused times_us sent received request_headers response_headers decision delay_ms redirects"
	assert_equal "$(traced .program | sort -u)" curl
	assert_equal "$(traced .url | sort -u)" "$(url 503,200)"
	assert_equal "$(traced '[.remote, .reused, .received] | join(" ")' | tail -n 1)" "127.0.0.1:$HTTP_PORT true $(wc -c <out)"
	assert_equal "$(traced .delay_ms | head -n 1)" "$(events delay_ms | head -n 1)"
}

@test "the headers of all requests and blocks are there, as they went over the wire" {
	retry curl -sS -L -H "X-Mine: yes" "$(url 302~to=200)" -o out
	assert_equal "$(traced '.request_headers[] | select(.[0] == ":request") | .[1]')" \
		$'GET /s/302~to=200/t2/x HTTP/1.1\nGET /s/200/t2/x HTTP/1.1'
	assert_equal "$(traced '[.request_headers[] | select(.[0] == "X-Mine")] | length')" 2
	assert_equal "$(traced '.response_headers[] | select(.[0] == ":status") | .[1]')" $'HTTP/1.1 302 Found\nHTTP/1.1 200 OK'
	assert_equal "$(traced '[.redirects, .decision] | join(" ")')" "1 done"
}

@test "a failure has its error, and a surrender its reason" {
	run retry curl -sS --http0.9 "$(url rst)" -o out
	assert_status 56
	assert_equal "$(traced '[.attempt, .error, .decision, .why] | join(" ")' | tail -n 1)" "5 CURLE_RECV_ERROR gave_up attempts"
	rm trace
	run retry curl -sS -d x "$(url 503 post)" -o out
	assert_equal "$(traced '[.decision, .why, .sent] | join(" ")')" "not_retried method 1"
}

@test "the times are those of the phases, and add up to the whole" {
	skip_without_feature SSL
	retry curl -sSk "$(url 200~delay=50 x "$TLS_PORT" https)" -o out
	traced '.times_us | [.dns, .connect, .tls, .wait, .receive, .total] | map(. // -1) | join(" ")' >phases
	awk '{ sum = 0; for (i = 1; i < NF; i++) { if ($i < 0 && i != 2) exit 1; if ($i > 0) sum += $i }
		exit !($4 >= 50000 && sum <= $NF && sum >= $NF * 0.5) }' phases || fail "$(cat phases)"
}

@test "nothing of the trace is seen by a program that looks at what goes over the wire itself" {
	local how
	for how in bare with; do
		[ $how = with ] || local -x CURLRETRY_TRACE=off
		[ $how = bare ] || export CURLRETRY_TRACE=$PWD/trace
		retry curl -sv "$(url 200 v)" -o out 2>err
		sed -E '/^[{}] /d; /^\*/s/[0-9]+//g' err >$how
	done
	assert_files_equal with bare
	[ "$(wc -l <with)" -ge 8 ]
	assert_equal "$(wc -l <trace)" 1
}

@test "pycurl's debug callback gets what it gets without a trace" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		seen = []
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		curl.setopt(pycurl.DEBUGFUNCTION, lambda kind, data: seen.append((kind, data)) if kind in (1, 2) else None)
		curl.setopt(pycurl.VERBOSE, int(sys.argv[2]))
		curl.perform()
		print(seen)
	END
	for verbose in 0 1; do
		retry env -u CURLRETRY_TRACE "$PYTHON" program.py "$(url 200 v$verbose)" $verbose >bare
		retry "$PYTHON" program.py "$(url 200 v$verbose)" $verbose >with
		assert_files_equal with bare
	done
	assert_equal "$(wc -l <trace)" 2
}

@test "no secret is written, wherever it stands, unless it is asked for" {
	local secret url arguments=()
	url="http://user:S3CR3T-01@127.0.0.1:$HTTP_PORT/s/503~h=Set-Cookie:sid%3DS3CR3T-02~h=X-Auth-Token:S3CR3T-03~h=Location:http:%2F%2Fb%2F%3Fsig%3DS3CR3T-04~h=WWW-Session:S3CR3T-05,200/$(key)/x"
	url+="?token=S3CR3T-06&access_token=S3CR3T-07&api_key=S3CR3T-08&client_secret=S3CR3T-09&password=S3CR3T-10"
	url+="&X-Amz-Signature=S3CR3T-11&X-Amz-Security-Token=S3CR3T-12&sig=S3CR3T-13&session=S3CR3T-14&jwt=S3CR3T-15&code=S3CR3T-16"
	url+="&secret=a,b;S3CR3T-45&to%6ben=S3CR3T-46&x=Bearer%20S3CR3T-47"
	for secret in "Authorization: Bearer S3CR3T-17" "Proxy-Authorization: Basic S3CR3T-18" "Cookie: a=S3CR3T-19; b=S3CR3T-20" \
		"X-Api-Key: S3CR3T-21" "X-Auth-Token: S3CR3T-22" "X-Vault-Token: S3CR3T-23" "PRIVATE-TOKEN: S3CR3T-24" \
		"X-Amz-Security-Token: S3CR3T-25" "X-Password: S3CR3T-26" "X-Signature: S3CR3T-27" "X-Session-Id: S3CR3T-28" \
		"Idempotency-Key: S3CR3T-29" "X-Custom: Bearer S3CR3T-30" "X-Other: basic S3CR3T-31" \
		"X-Sent: AWS4-HMAC-SHA256 Credential=S3CR3T-32, Signature=S3CR3T-33" "Referer: http://a/?token=S3CR3T-34" \
		"X-Url: https://me:S3CR3T-35@b/" "X-Jwt-Hidden: eyJhbGciOiJIUzI1NiJ9.S3CR3T-36.c2lnbmF0dXJl" \
		"X-Plain: eyJhbGciOiJIUzI1NiJ9.S3CR3T-37.c2lnbmF0dXJl" "X-Negotiate: Negotiate S3CR3T-38" \
		"X-List: a=1; passwd=S3CR3T-39" "X-Secret: S3CR3T-40" "X-Link: <http://b/?token=a,S3CR3T-41>" \
		"X-Json: {\"password\": \"S3CR3T-42\"}" "X-Place: //me:S3CR3T-43@b/" "X-Csrf: S3CR3T-44"; do
		arguments+=(-H "$secret")
	done
	retry curl -sS "${arguments[@]}" "$url" -o out
	assert_equal "$(wc -l <trace)" 2
	# The server's script, which is the path, has those of the answer.
	assert_equal "$(grep -oE 'S3CR3T-(01|0[6-9]|[1-4][0-9])' trace log | sort -u)" ""
	assert_lacks "$(traced .response_headers)" S3CR3T
	assert_contains "$(traced .response_headers)" …
	CURLRETRY_TRACE_SECRETS=on retry curl -sS "${arguments[@]}" "$url" -o out
	# Of those in the answer, the last has none.
	[ "$(tail -n 1 trace | grep -o 'S3CR3T-[0-9]*' | sort -u | wc -l)" -ge 34 ]
}

@test "FTP's dialogue is there, but for the password" {
	start_server --ftp
	retry curl -sS -u me:S3CR3T "ftp://127.0.0.1:$FTP_PORT$(url 200 | sed 's,.*[0-9]/s/,/s/,')" -o out || true
	assert_contains "$(traced '.request_headers[] | join(" ")')" ":command PASS … (6)"
	assert_lacks "$(cat trace)" S3CR3T
	stop_server
}

@test "clients of all kinds write one trace, forks and threads included" {
	local urls=() i
	for i in 1 2 3 4 5 6; do
		urls+=("$(url 503,200 "z$i")" -o /dev/null)
	done
	retry curl -sSZ "${urls[@]}"
	assert_equal "$(traced .decision | sort | uniq -c | tr -s ' ')" $' 6 recovered\n 6 retry'
	retry "$BUILD/tests/easy_processes" threads "http://127.0.0.1:$HTTP_PORT/s/%s/$(key)/%d-%d" 30 >out
	assert_file out wrong=0
	retry "$BUILD/tests/easy_processes" forks "$(url 503,200 forks)" >out
	[ "$(traced .pid | sort -u | wc -l)" -ge 5 ]
	assert_equal "$(wc -l <trace)" "$(jq -c . trace | wc -l)"
	assert_equal "$(ledger path | wc -l)" "$(wc -l <trace)"
}

@test "PHP and git write theirs" {
	skip_without php
	retry php -r '$c = curl_init($argv[1]); curl_setopt($c, CURLOPT_RETURNTRANSFER, true); echo strlen(curl_exec($c)), "\n";' "$(url 503,200 php)" >out
	assert_equal "$(traced '[.program, .decision] | join(" ")' | sed 's/php[0-9.]*/php/')" $'php retry\nphp recovered'
}

@test "a line is at most 64 KiB, and its longest values are cut" {
	retry curl -sS -H "X-Long: $(printf 'a%.0s' {1..60000})" -H "X-Other: $(printf '"%.0s' {1..20000})" -H "X-Short: whole" "$(url 200)" -o out
	[ "$(wc -c <trace)" -le 65536 ]
	assert_equal "$(traced '.request_headers[] | select(.[0] == "X-Short") | .[1]')" whole
	assert_contains "$(traced '.request_headers[] | select(.[0] == "X-Long") | .[1][-5:]')" ...
}

@test "a full disk, or a file that cannot be written, is said once, and the program goes on" {
	local file why
	while read -r file why; do
		: >log
		CURLRETRY_TRACE=$file retry curl -sS "$(url 503,200 "$(enc "$file")")" -o out
		assert_equal "$(events)" $'retry\nnot_traced:'"the trace $file cannot be written: $why"$'\nrecovered'
	done <<-END
		/dev/full no space is left on the disk
		$PWD no file can be made
		/nonexistent/trace no file can be made
	END
}

@test "MODE=off traces too, and retries nothing" {
	CURLRETRY_MODE=off retry curl -sS -w '%{http_code}' "$(url 503,200)" -o out >status
	assert_file status 503
	assert_equal "$(traced '[.attempt, .decision] | join(" ")')" "1 done"
	assert_equal "$(events)" ""
}

@test "only its owner can read a trace" {
	retry curl -sS "$(url 200)" -o out
	assert_equal "$(stat -c %a trace)" 600
}

@test "a trace stays where it was meant to be when the program changes its folder" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import os, pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		curl.perform()
		os.mkdir("folder")
		os.chdir("folder")
		curl.perform()
	END
	CURLRETRY_TRACE=trace retry "$PYTHON" program.py "$(url 200)"
	assert_equal "$(wc -l <trace)" 2
}

@test "a lookup by DNS over HTTPS is as silent as without a trace" {
	local how
	for how in off "$PWD/trace"; do
		CURLRETRY_TRACE=$how CURLRETRY_ATTEMPTS=1 run retry curl -sS --cacert "$CERT" \
			--doh-url "$(url 200 doh "$TLS_PORT" https)" "http://some.example:$HTTP_PORT/s/200/$(key)/x"
		assert_status 6
		assert_equal "${#lines[@]}" 1
	done
	assert_equal "$(traced .error)" CURLE_COULDNT_RESOLVE_HOST
	[ -n "$(ledger path)" ]
}
