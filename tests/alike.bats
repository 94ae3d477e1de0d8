#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Where nothing will be sent again, and in a transfer that goes well, a program is called as without us, in the same
# order and told the same, and the same is sent.

load helpers

setup_file() {
	start_server --ftp 220
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# calls SCRIPT [WORD]... [-- COMMAND...]: what the client tells of a transfer of that script, each time under the same URL.
calls() {
	local words=() target=$1
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	"$@" "$BUILD/tests/calls" "$target" "${words[@]}" | sed -E "s/$HTTP_PORT/PORT/g; s/after [0-9]+ ms/after N ms/; s/$FTP_PORT/PORT/g; s/\\bn[A-Za-z0-9]{6}\\b/NAME/g"
}

# A URL of its own for each transfer, since steps are counted.
fresh() {
	url "$1" "$(mktemp -u nXXXXXX)" "${port:-}" "${scheme:-}"
}

# redirect_to URL: a script.
redirect_to() {
	printf '302~to=%s' "$(enc "$1" | sed 's/~/%7E/g')"
}

# What may be sent again is held until it is judged: the calls for what is sent, and those for what comes, keep their own order.
by_direction() {
	local file
	for file; do
		grep -E '^(sent|read|seek|ioctl)' "$file" >"$file.new" || true
		grep -vE '^(sent|read|seek|ioctl)' "$file" >>"$file.new"
		mv "$file.new" "$file"
	done
}

# assert_alike SCRIPT [WORD]... [-- MODE...]: in these modes, unless given all but on, the calls are those without us.
assert_alike() {
	local script=$1 words=() mode
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- MODE=observe ATTEMPTS=1 'HOSTS=!127.*'
	calls "$(fresh "$script")" "${words[@]}" >without
	grep -q '^code' without || fail "nothing came of $script ${words[*]}" || return
	for mode in "$@"; do
		export "CURLRETRY_${mode?}"
		calls "$(fresh "$script")" "${words[@]}" -- retry >with
		unset "CURLRETRY_${mode%%=*}"
		case $mode in
		RESUME=off | MODE=on) by_direction with without ;;
		esac
		assert_files_equal with without || fail "with $mode, $script ${words[*]}" || return
	done
}

ALL=(MODE=observe ATTEMPTS=1 'HOSTS=!127.*' RESUME=off MODE=on)

@test "a body's rewinding for a redirect or a login is the program's, with its result" {
	for rewind in seek ioctl badseek badioctl; do
		assert_alike 307~to=200 post $rewind -- "${ALL[@]}"
		assert_contains "$(cat without)" "${rewind#bad} "
	done
	assert_alike 307~to=200 post
	assert_contains "$(cat without)" "code 65"
	assert_alike 307~to=200 post seek ioctl -- "${ALL[@]}"
}

@test "a body that is read again for our next attempt is not rewound by libcurl's own" {
	export CURLRETRY_METHODS=+POST
	calls "$(url 503~early,200 a)" post badseek -- retry >out
	assert_contains "$(cat out)" " 200 header"
	assert_lacks "$(cat out)" "seek"
	# What libcurl rewinds in the second attempt is the program's again.
	calls "$(url 503,307~to=200 b)" post ioctl -- retry >out
	assert_contains "$(cat out)" " 200 header"
	assert_equal "$(grep -c ioctl out)" 1
	assert_equal "$(ledger body_received | tail -n 2 | tr '\n' ' ')" "3000 3000 "
}

@test "where nothing is retried, headers come as they come" {
	for script in 503~len=10 302~to=200~len=10 200~len=0 204 200~len=100~cut=10 200~len=100~cut=h20 200~100~len=5; do
		assert_alike "$script"
		assert_alike "$script" header
		assert_alike "$script" share
	done
}

@test "a transfer that goes well is the same with us as without" {
	for script in 302~to=200~len=10 200~len=0 204 200~100~len=5; do
		assert_alike "$script" -- "${ALL[@]}"
		assert_alike "$script" header -- "${ALL[@]}"
	done
}

@test "the lock of a share is not taken for a transfer that goes well" {
	assert_alike 200~cookie=a:b~len=10 share -- "${ALL[@]}"
	assert_alike 302~cookie=a:b~to=200 share -- "${ALL[@]}"
	assert_contains "$(cat without)" lock
}

@test "no command is sent to an FTP server that would not be sent without us" {
	scheme=ftp port=$FTP_PORT
	for script in 200~len=10 550 200~len=0 200~len=100~nosize; do
		assert_alike "$script" -- "${ALL[@]}"
		assert_alike "$script" header -- "${ALL[@]}"
	done
	assert_alike 200~len=100~cut=10
	assert_lacks "$(cat without)" MDTM
}

@test "after a redirect from HTTP to FTP, what is asked for from a header callback is FTP's" {
	local target
	target=$(redirect_to "$(url 200~len=10 f "$FTP_PORT" ftp)")
	assert_alike "$target" -- "${ALL[@]}"
	assert_contains "$(cat without)" "FTP ftp://"
	assert_alike "$target" header -- "${ALL[@]}"
	retry curl -siL --proto-redir =all "$(fresh "$target")" >with
	curl -siL --proto-redir =all "$(fresh "$target")" >without
	assert_files_equal with without
}

@test "CURLOPT_HEADER holds no byte of a file back" {
	local line reader
	# The server sends five bytes, and then nothing until we have gone.
	exec {reader}< <(exec "$BUILD/curlretry" -q "$BUILD/tests/calls" "$(url 200~len=100~stall=5 x "$FTP_PORT" ftp)" header)
	local pid=$!
	while read -r -t "$PATIENCE" line <&"$reader" && [[ $line != "body "[^0-9]* ]]; do :; done
	kill "$pid"
	exec {reader}<&-
	assert_contains "$line" "body "
}

@test "CURLOPT_HSTSREADFUNCTION is called once, however many attempts there are" {
	"$BUILD/tests/calls" "$(url 200 a)" hsts >out
	grep -q hsts out || skip "this libcurl knows no HSTS"
	retry "$BUILD/tests/calls" "$(url 503,503,200 b)" hsts >out
	assert_equal "$(grep -c hsts out)" 1
	assert_requests 4
}

@test "a name or an address that the program itself refuses is not asked for again" {
	for word in noname noaddress; do
		assert_alike 200 $word -- "${ALL[@]}"
		grep -qE '^(resolve|open) 1' without || fail "$word was not asked"
	done
	# Nor would it be.
	assert_log
}

@test "an excluded host stays excluded where it redirects to another" {
	CURLRETRY_HOSTS=127.0.0.1 run retry curl -sSL -o out \
		"http://localhost:$HTTP_PORT/s/$(redirect_to "$(url 503 to)")/$(key)/x"
	assert_requests 2
	assert_log not_retried:host
}
