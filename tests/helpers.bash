# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What every bats file needs: `load helpers`.
#
# A file's usual frame:
#     setup_file() { start_server; }
#     teardown_file() { stop_server; }
#     @test "a 503 is retried" {
#         retry curl -sS "$(url 503,200)" -o "$BATS_TEST_TMPDIR/out"
#         assert_requests 2
#         assert_log retry recovered
#     }
# Each test has a key of its own in the URL, so that tests can share a server. The URL language
# is told in tests/server/server.py.

# For the flags of `run`, which bats else warns about.
bats_require_minimum_version 1.5.0

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-$REPO/build}
SERVER=$REPO/tests/server
# Not the python3 in PATH: that may be one without the distribution's modules.
PYTHON=/usr/bin/python3
# nginx is in sbin.
PATH=$PATH:/usr/sbin:/sbin
# Seconds after which a command counts as hanging.
PATIENCE=60
[ -z "${EMULATED:-}" ] || PATIENCE=600
export REPO BUILD SERVER PYTHON PATH PATIENCE

# Once for a file: what setup_file exports later must stay.
if [ -z "${TEST_ENVIRONMENT:-}" ]; then
	unset "${!CURLRETRY_@}" http_proxy https_proxy all_proxy no_proxy ftp_proxy
	unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY FTP_PROXY LD_PRELOAD CURL_HOME
	export TEST_ENVIRONMENT=clean LC_ALL=C
	# What fails on purpose here would use up the budget of the machine's account: see turn.bats.
	export CURLRETRY_LEDGER=off
fi
if [ -n "${BATS_FILE_TMPDIR:-}" ]; then
	# Neither a ~/.curlrc nor a policy of the user's.
	export HOME=$BATS_FILE_TMPDIR/home
	export XDG_CONFIG_HOME=$HOME/.config
	mkdir -p "$HOME"
fi

# --- the server ---

# start_server [OPTION]...: see server.py. Returns when all ports listen; of each, NAME_PORT is set
# (HTTP_PORT, TLS_PORT, ...), further LEDGER, STEADY, LATE and CERT (the file for --cacert).
# "--tls" alone makes a certificate for localhost, 127.0.0.1 and *.curlretry.test.
start_server() {
	local dir line pair out options=()
	dir=$(mktemp -d "$BATS_FILE_TMPDIR/server.XXXXXX")
	export LEDGER=$dir/ledger STEADY=$dir/steady LATE=$dir/late SERVER_ERRORS=$dir/errors
	while [ $# -gt 0 ]; do
		case $1 in
		--tls)
			make_certificate "$dir"
			options+=(--tls "$dir/cert.pem" "$dir/key.pem")
			;;
		--late) options+=(--late "$LATE") ;;
		*) options+=("$1") ;;
		esac
		shift
	done
	# Descriptor 3 is bats' own: who keeps it open keeps bats from ending.
	exec {out}< <(exec "$PYTHON" -B "$SERVER/server.py" --parent $$ --ledger "$LEDGER" \
		--steady "$STEADY" "${options[@]}" </dev/null 2>"$SERVER_ERRORS" 3>&-)
	export SERVER_PID=$!
	if ! read -r -t "$PATIENCE" line <&"$out"; then
		fail "the server did not start: $(cat "$SERVER_ERRORS")"
		return 1
	fi
	exec {out}<&-
	for pair in $line; do
		pair=${pair%%=*}_PORT=${pair#*=}
		export "${pair^^}"
	done
}

# What the server complained of is printed: bats shows it when a test fails.
stop_server() {
	if [ -n "${SERVER_PID:-}" ]; then
		kill "$SERVER_PID" 2>/dev/null || true
		tail --pid="$SERVER_PID" -s 0.01 -f /dev/null
		cat "$SERVER_ERRORS"
		unset SERVER_PID
	fi
}

# make_certificate DIR: cert.pem and key.pem.
make_certificate() {
	export CERT=$1/cert.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,DNS:*.curlretry.test,IP:127.0.0.1' \
		-keyout "$1/key.pem" -out "$CERT" 2>/dev/null
}

# build_with SANITIZERS PROGRAM...: the shim and these of the tests' programs, in BUILD/SANITIZERS (with a
# dash for each comma). What make says is printed if it fails. Files that run side by side take turns.
build_with() {
	local folder=$BUILD/${1//,/-} programs=("${@:2}") said
	said=$(flock "$BUILD/tests" make -s -C "$REPO" BUILD="$folder" SANITIZE="$1" \
		"$folder/libcurlretry.so" "${programs[@]/#/$folder/tests/}" 2>&1) || fail "$said"
}

# A key that no other test of the file has.
key() {
	printf 't%s' "${BATS_TEST_NUMBER:-0}"
}

# url SCRIPT [NAME] [PORT] [SCHEME]: a URL of this test's.
url() {
	printf '%s://127.0.0.1:%s/s/%s/%s/%s' "${4:-http}" "${3:-$HTTP_PORT}" "$1" "$(key)" "${2:-x}"
}

# enc TEXT: percent-encoded, to stand as a value in a script.
enc() {
	"$PYTHON" -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"
}

# fields FILE FIELD [KEY]: FIELD of each JSON object in FILE (a dot goes deeper: headers.range), a line
# each, "-" for none; with KEY, only of those whose path contains it.
fields() {
	[ ! -e "$1" ] || jq -r --arg field "$2" --arg key "${3:-}" '
		select($key == "" or ((.path // "") | contains($key)))
		| getpath($field | split("."))
		| if . == null then "-" elif type == "string" then . else tojson end' "$1"
}

# requests [KEY]: how many requests had it in their path.
requests() {
	ledger path "$@" | wc -l
}

# ledger FIELD [KEY]: that field of each request, a line each (headers.range, body_sha256, answer, ...).
ledger() {
	fields "$LEDGER" "$1" "/${2:-$(key)}/"
}

# body_of LEN [FILE] [SEED]: the body of "len=LEN", to standard output unless a file is given.
body_of() {
	"$PYTHON" -B "$SERVER/content.py" "$1" ${3:+"$3"} >"${2:-/dev/stdout}"
}

# --- curlretry ---

# retry [OPTION]... COMMAND [ARG]...: curlretry with short waits. Its events go to $BATS_TEST_TMPDIR/log
# as JSON, see assert_log. CURLRETRY_X=... retry COMMAND sets what it likes. A command that hangs
# ends with status 124.
retry() {
	CURLRETRY_BASE_DELAY=${CURLRETRY_BASE_DELAY-10ms} \
		CURLRETRY_MIN_DELAY=${CURLRETRY_MIN_DELAY-1ms} \
		CURLRETRY_MAX_DELAY=${CURLRETRY_MAX_DELAY-100ms} \
		CURLRETRY_LOG=${CURLRETRY_LOG-$BATS_TEST_TMPDIR/log} \
		CURLRETRY_LOG_FORMAT=${CURLRETRY_LOG_FORMAT-json} \
		timeout --foreground "$PATIENCE" "$BUILD/curlretry" "$@"
}

# A port that nobody listens on.
free_port() {
	"$PYTHON" -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# until_answers PID ARGUMENT...: the server of that process answers curl, given these.
until_answers() {
	until curl -sS -o /dev/null "${@:2}" 2>errors; do
		kill -0 "$1" || fail "process $1 has ended:" "$(cat errors)"
	done
}

need_mount_namespace() {
	[ "$(id -u)" = 0 ] || skip "not root"
	unshare --mount true 2>/dev/null || skip "no mount namespaces here"
}

# with_policy_file TEXT COMMAND [ARG]...: COMMAND on a machine whose /etc/curlretry.conf has that text.
# Where need_mount_namespace has not skipped the test.
with_policy_file() {
	local etc=$BATS_TEST_TMPDIR/etc
	[ -d "$etc" ] || cp -a /etc "$etc"
	printf '%s\n' "$1" >"$etc/curlretry.conf"
	# shellcheck disable=SC2016  # for the shell inside
	unshare --mount sh -c 'mount --bind "$0" /etc && exec "$@"' "$etc" "${@:2}"
}

# events [FIELD]: that field of each event in the log, a line each; "event" or "event:why" unless given.
events() {
	local log=$BATS_TEST_TMPDIR/log
	case ${1:-event:why} in
	event:why) [ ! -e "$log" ] || jq -r 'if .why then "\(.event):\(.why)" else .event end' "$log" ;;
	*) fields "$log" "$1" ;;
	esac
}

# --- assertions: each prints both sides when it fails ---

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

# assert_equal ACTUAL EXPECTED [WHAT]
assert_equal() {
	[ "$1" = "$2" ] || fail "${3:-value} is" "  $1" "expected" "  $2"
}

# assert_contains TEXT PART, assert_lacks TEXT PART
assert_contains() {
	[[ "$1" == *"$2"* ]] || fail "this" "  $1" "lacks" "  $2"
}

assert_lacks() {
	[[ "$1" != *"$2"* ]] || fail "this" "  $1" "contains" "  $2"
}

# assert_status N: of the last `run`.
assert_status() {
	[ "${status:?}" -eq "$1" ] || fail "status is $status, expected $1; output:" "${output:-}" "${stderr:-}"
}

# assert_files_equal ACTUAL EXPECTED: to the byte.
assert_files_equal() {
	cmp "$1" "$2" >&2 && return
	wc -c "$1" "$2" >&2
	diff <(head -c 2000 "$1" | od -A d -c) <(head -c 2000 "$2" | od -A d -c) | head -n 30 >&2
	return 1
}

# assert_file FILE TEXT: the file holds that text and nothing else (final newlines apart).
assert_file() {
	assert_equal "$(cat "$1")" "$2" "$1"
}

# assert_body FILE LEN [SEED]: the file is the whole body of "len=LEN", and nothing else.
assert_body() {
	body_of "$2" "$BATS_TEST_TMPDIR/expected" "${3:-}"
	assert_files_equal "$1" "$BATS_TEST_TMPDIR/expected"
}

# assert_requests N [KEY]
assert_requests() {
	local count
	count=$(requests "${@:2}")
	[ "$count" -eq "$1" ] && return
	fail "the server got $count requests, expected $1; it answered" "$(ledger answer "${@:2}")"
}

# assert_log [EVENT[:WHY]]...: exactly these events are in the log, in this order.
assert_log() {
	local expected actual
	expected=$(printf '%s\n' "$@")
	actual=$(events event:why)
	[ "$actual" = "$expected" ] && return
	fail "events are" "$actual" "expected" "$expected" "log:" "$(cat "$BATS_TEST_TMPDIR/log" 2>&1)"
}

# skip_without COMMAND...
skip_without() {
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "$command is not installed"
	done
}

# skip_without_feature NAME...: as the curl in PATH calls it.
skip_without_feature() {
	local feature
	for feature in "$@"; do
		curl --version | grep -qw -e "$feature" || skip "this curl has no $feature"
	done
}

# Where the kernel gives a set-user-ID program nothing.
skip_without_privileges() {
	grep -q '^NoNewPrivs:[[:space:]]*0' /proc/self/status || skip "this process may gain no privileges"
	! findmnt -no OPTIONS -T . | grep -qw nosuid || skip "$PWD is mounted nosuid"
}

# Where it matters what the shim allocates, computes or writes: gcov does all of that in each process.
skip_with_coverage() {
	[[ $BUILD != */coverage ]] || skip "gcov would be measured, too"
}

# skip_without_module PYTHON_MODULE...
skip_without_module() {
	local module
	for module in "$@"; do
		"$PYTHON" -c "import $module" 2>/dev/null || skip "python3's $module is not installed"
	done
}
