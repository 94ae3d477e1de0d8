# SPDX-License-Identifier: MIT
#
# Programs that run on musl. Where the shim for musl is installed beside glibc's, they are retried, and
# so are their children of either kind; each shim does nothing in a program of the other C library.
# curl for musl comes from scripts/musl-curl; MUSL_CURL names its folder.

load helpers

setup_file() {
	start_server --ftp
	export MUSL=$BATS_FILE_TMPDIR/musl MUSL_CURL=${MUSL_CURL:-$REPO/build/musl-curl}
	mkdir -p "$MUSL"
	command -v musl-gcc >/dev/null || return 0
	musl-gcc -shared -fPIC -o "$MUSL/plugin.so" "$REPO/tests/musl/plugin.c"
	musl-gcc -shared -fPIC -o "$MUSL/libcurl.so.4" -Wl,-soname,libcurl.so.4 "$REPO/tests/musl/libcurl.c"
	musl-gcc -o "$MUSL/program" "$REPO/tests/musl/program.c"
	musl-gcc -no-pie -o "$MUSL/fixed" "$REPO/tests/musl/program.c"
	musl-gcc -o "$MUSL/linked" "$REPO/tests/musl/linked.c" "$MUSL/libcurl.so.4" -Wl,-rpath,"$MUSL"
	install_both
	[ ! -d "$MUSL_CURL" ] || build_clients
}

teardown_file() {
	stop_server
}

setup() {
	skip_without musl-gcc
	cd "$BATS_TEST_TMPDIR" || return
}

# The launcher and both shims, as /opt/x.
install_both() {
	[ -e "$BUILD/musl/libcurlretry.so" ] && command -v make >/dev/null || return 0
	local make=(make -s -C "$REPO" -o all install "DESTDIR=$MUSL/root" PREFIX=/opt/x)
	"${make[@]}" BUILD="$(realpath "$BUILD")"
	"${make[@]}" BUILD="$(realpath "$BUILD/musl")" CC=musl-gcc
}

# client NAME SOURCE [OPTION]...: for musl, with its curl.
client() {
	musl-gcc -std=gnu11 -D_GNU_SOURCE -O1 -I"$MUSL_CURL/include" -o "$MUSL/$1" "$REPO/tests/$2" "${@:3}" \
		-L"$MUSL_CURL/lib" -Wl,-rpath,"$MUSL_CURL/lib:$MUSL"
}

build_clients() {
	local name
	# Another libcurl: musl tells libraries apart by their names, the tests by what they accept.
	LC_ALL=C sed 's,libcurl\.so\.4,libcurl.so.9,g; s,Accept: \*/,Accept: 9/,' "$MUSL_CURL/lib/libcurl.so.4" >"$MUSL/libcurl.so.9"
	client first.so plugins/plugin.c -shared -fPIC -lcurl
	client second.so plugins/plugin.c -shared -fPIC "$MUSL/libcurl.so.9"
	client asking.so musl/plugin.c -shared -fPIC -Wl,--no-as-needed -lcurl
	client host plugins/host.c
	client look_up musl/look_up.c
	client mixed musl/mixed.c -lcurl
	for name in easy_results easy_bodies multi_loops; do
		client "$name" "clients/$name.c" -lcurl
	done
}

need_shim() {
	[ -e "$MUSL/root" ] || skip "the shim for musl is not built: make tests"
}

need_curl() {
	need_shim
	[ -d "$MUSL_CURL" ] || skip "there is no curl for musl: scripts/musl-curl"
}

# An installed curlretry with both shims, as `retry` is that of the build folder with glibc's alone.
retry_both() {
	BUILD=$MUSL/root/opt/x/bin retry "$@"
}

get() {
	retry_both "$MUSL_CURL/bin/curl" -sS "$(url "$1")" "${@:2}"
}

# as_without_us RETRY COMMAND...: the same output and the same status.
as_without_us() {
	local status=0
	"${@:2}" >without 2>&1 || status=$?
	echo "status $status" >>without
	status=0
	"$@" >with 2>&1 || status=$?
	echo "status $status" >>with
	diff without with >&2
}

# --- under the shim for glibc alone ---

@test "a program of musl's runs as without us, whatever it asks its linker" {
	as_without_us retry "$MUSL/program" "$MUSL/plugin.so"
}

@test "a program of musl's that has a fixed address runs as without us" {
	as_without_us retry "$MUSL/fixed" "$MUSL/plugin.so"
}

@test "a libcurl of musl's is called as without us" {
	as_without_us retry "$MUSL/linked"
	grep -q '^curl_easy_perform: easy' with
}

@test "a bad setting is not complained of where we do nothing" {
	CURLRETRY_ATTEMPTS=none LD_PRELOAD=$BUILD/libcurlretry.so "$MUSL/linked" >with 2>&1
	assert_lacks "$(cat with)" curlretry:
}

@test "curl for musl under glibc's shim works, and is not retried" {
	need_curl
	retry "$MUSL_CURL/bin/curl" -sS "$(url 503,200)" -o out
	assert_requests 1
	[ ! -s log ]
}

# --- under the shim for musl ---

@test "a program of musl's asks its linker as without us under musl's shim" {
	need_shim
	as_without_us retry_both "$MUSL/program" "$MUSL/plugin.so"
	as_without_us retry_both "$MUSL/fixed" "$MUSL/plugin.so"
}

@test "a plugin of musl's that is linked to libcurl looks it up as without us" {
	need_curl
	as_without_us retry_both "$MUSL/program" "$MUSL/asking.so"
}

@test "curl for musl is retried after a 503, and says so" {
	need_curl
	get 503,503,200~len=100000 -o out
	assert_body out 100000
	assert_requests 3
	assert_log retry retry recovered
}

@test "curl for musl is retried after a reset" {
	need_curl
	get rst,200~len=1000 -o out
	assert_body out 1000
	assert_requests 2
	assert_log retry recovered
}

@test "a download of curl for musl goes on where it broke" {
	need_curl
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 -o out
	assert_body out 300000
	assert_equal "$(ledger headers.range)" $'-\nbytes=100000-'
	assert_log resume recovered
}

@test "a POST of curl for musl is not sent again" {
	need_curl
	get 500,200 -d amount=100 -o out
	assert_file out "error page 1 500 /$(key)/x"
	assert_requests 1
	assert_log not_retried:method
}

@test "curl for musl is retried in its multi handle" {
	local i options=()
	need_curl
	for i in {1..20}; do
		options+=(-o "$i" "$(url "503,200~len=$((i * 1000))" "$i")")
	done
	retry_both "$MUSL_CURL/bin/curl" -sS -Z "${options[@]}"
	for i in {1..20}; do
		assert_body "$i" $((i * 1000))
	done
	assert_requests 40
}

@test "curl for musl is retried over FTP" {
	need_curl
	retry_both "$MUSL_CURL/bin/curl" -sS "$(url 421,200~len=5000 x "$FTP_PORT" ftp)" -o out
	assert_body out 5000
	assert_log retry recovered
}

@test "the lines on standard error are those of any program" {
	need_curl
	CURLRETRY_LOG=stderr CURLRETRY_LOG_FORMAT=text run -0 get 503,200
	assert_contains "$output" ": 503; attempt 1 of 5 failed, next in 0."
	assert_contains "$output" "recovered on attempt 2"
}

@test "programs of musl's that are linked to libcurl get clean transfers, by either interface" {
	need_curl
	retry_both "$MUSL/easy_results" plain "$(url rst,503,200 easy/x)" >out
	assert_contains "$(cat out)" "code=0 status=200"
	assert_requests 3 "$(key)/easy"
	local loop
	for loop in wait poll fdset timeout socket mixed all; do
		retry_both "$MUSL/multi_loops" "plain:$loop" "$(url 503,200~len=700 "$loop-a/x")" \
			"$(url rst,503,200~len=7000 "$loop-b/x")" >out
		assert_equal "$(grep -c '^code=0 status=200' out)" 2 "transfers with $loop"
		assert_requests 2 "$(key)/$loop-a"
		assert_requests 3 "$(key)/$loop-b"
	done
}

@test "a program of musl's that looks libcurl up is retried, in whichever scope, and sees no error" {
	need_curl
	local way library=$MUSL_CURL/lib/libcurl.so.4
	for way in handle default self next plugin; do
		[ $way != plugin ] || library=$MUSL/first.so
		retry_both "$MUSL/look_up" "$way" "$library" "$(url 503,rst,200~len=500 "$way/x")" >out
		assert_file out "code 0 status 200 bytes 500 error none"
		assert_requests 3 "$(key)/$way"
	done
}

@test "plugins of musl's with a libcurl of their own each are retried with its functions" {
	need_curl
	retry_both "$MUSL/host" interleaved "$MUSL/first.so" "$MUSL/second.so" "$(url 503,200 %s)" >out
	assert_file out $'openssl openssl\nwrong=0'
	assert_requests 20
	assert_equal "$(ledger headers.accept | sort | uniq -c | tr -s ' ')" $' 10 */*\n 10 9/*'
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 10 recovered\n 10 retry'
}

@test "a handle of one libcurl of musl's, used by code bound to the other, stays with its own" {
	need_curl
	retry_both "$MUSL/host" swap "$MUSL/first.so" "$MUSL/second.so" "$(url 503,200 %s)" >out
	assert_file out $'openssl openssl\nwrong=0'
	assert_requests 2
}

@test "where the program is linked to another libcurl, a plugin of musl's is bound to that" {
	need_curl
	CURLRETRY_METHODS=+POST retry_both "$MUSL/mixed" "$MUSL/second.so" "$(url 503,200 %s)" >out
	assert_file out $'theirs: code 0 status 200\nours: code 0 status 200'
	assert_equal "$(ledger headers.accept)" $'*/*\n*/*\n*/*\n*/*'
}

# --- both kinds in one process tree ---

@test "children of either kind are retried, whichever their parent is" {
	need_curl
	skip_without curl
	retry_both sh -c '"$1" -sS "$2" -o musl; curl -sS "$3" -o glibc' sh "$MUSL_CURL/bin/curl" \
		"$(url 503,200 musl/x)" "$(url 503,200 glibc/x)"
	assert_requests 2 "$(key)/musl"
	assert_requests 2 "$(key)/glibc"
	printf '#!%s -sSK\nurl = "%s"\noutput = "script"\n' "$MUSL_CURL/bin/curl" "$(url 503,200 script/x)" >script
	chmod +x script
	retry_both ./script
	assert_requests 2 "$(key)/script"
}

@test "both shims named at once: each program is retried by its own" {
	need_curl
	skip_without curl
	local glibc=$BUILD/libcurlretry.so musl=$BUILD/musl/libcurlretry.so program shims i=0
	export CURLRETRY_BASE_DELAY=10ms CURLRETRY_LOG=$PWD/log CURLRETRY_LOG_FORMAT=json
	for shims in "$glibc $musl" "$musl $glibc"; do
		for program in curl "$MUSL_CURL/bin/curl"; do
			i=$((i + 1))
			LD_PRELOAD=$shims "$program" -sS "$(url 503,503,200 $i/x)" -o out
			assert_requests 3 "$(key)/$i"
		done
	done
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 4 recovered\n 8 retry'
}

@test "a program of glibc's that inherits musl's shim runs as without it" {
	need_shim
	skip_without curl git
	local shim=$MUSL/root/opt/x/lib/curlretry/\$LIB/libcurlretry.so
	cp "$shim" libcurlretry.so
	LD_PRELOAD=$PWD/libcurlretry.so run -0 curl -sS "$(url 503,200)" -o out
	assert_equal "$output" ""
	assert_requests 1
	LD_PRELOAD=$PWD/libcurlretry.so run -0 git --version
	assert_equal "$output" "$(git --version)"
	LD_PRELOAD=$PWD/libcurlretry.so run -0 "$PYTHON" -c 'import ctypes, ctypes.util, sqlite3
print(ctypes.CDLL(None).dlsym is not None, ctypes.CDLL(ctypes.util.find_library("m")).sqrt is not None)'
	assert_equal "$output" "True True"
}

# --- what --check says ---

@test "--check knows whether the shim for musl is installed" {
	need_curl
	local curl=$MUSL_CURL/bin/curl
	run -0 "$MUSL/root/opt/x/bin/curlretry" --check "$curl"
	assert_equal "$output" "$curl: reached: links libcurl directly: libcurl.so.4, easy and multi interfaces"
	run -1 "$BUILD/curlretry" --check "$curl"
	assert_equal "${lines[0]}" \
		"$curl: not reached: it runs on musl, and the shim for musl is not installed"
}

@test "--check knows in a running process which shim does nothing" {
	need_curl
	local shim=$MUSL/root/opt/x/lib/curlretry pid verdict
	for shim in "$shim/\$LIB" "$shim/lib"; do
		LD_PRELOAD=$shim/libcurlretry.so "$MUSL_CURL/bin/curl" -sSm "$PATIENCE" "$(url stall "${shim##*/}/x")" 3>&- &
		pid=$!
		until [ "$(requests "$(key)/${shim##*/}")" = 1 ]; do
			kill -0 $pid
		done
		run "$MUSL/root/opt/x/bin/curlretry" --check $pid
		kill $pid
		verdict=$([[ $shim == *LIB ]] && echo "reached: it has libcurl" || echo "not reached: it has curlretry")
		assert_contains "$output" "$pid: $verdict"
	done
}
