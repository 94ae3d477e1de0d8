# SPDX-License-Identifier: MIT
# shellcheck disable=SC2016
#
# Programs that the dynamic linker does not bind to us: those that look libcurl up themselves,
# plugins opened with RTLD_DEEPBIND, several libcurls in one process, and many processes. And what
# must not change for everyone else: each look-up is compared with a run without us.

load helpers

OPENSSL=libcurl.so.4
GNUTLS=libcurl-gnutls.so.4

setup_file() {
	start_server
	build_objects
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PLUGINS=$BATS_FILE_TMPDIR/plugins
}

# object NAME SOURCE [OPTION]...: a library in $BATS_FILE_TMPDIR/plugins.
object() {
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -fPIC -shared -o "$PLUGINS/$1" \
		"$REPO/tests/plugins/$2" "${@:3}"
}

build_objects() {
	local level calls real
	PLUGINS=$BATS_FILE_TMPDIR/plugins
	mkdir -p "$PLUGINS/private"
	command -v "${CC:-cc}" >/dev/null || return 0
	for level in 0 2; do
		for calls in optimize-sibling-calls no-optimize-sibling-calls; do
			object "third-$level-$calls.so" reach_third.c "-O$level" "-f$calls"
		done
	done
	object rpath-0.so reach_third.c -O0 '-Wl,--enable-new-dtags,-rpath,$ORIGIN/private'
	object rpath-2.so reach_third.c -O2 '-Wl,--enable-new-dtags,-rpath,$ORIGIN/private'
	object third_curl.so reach_third.c -O2 -Wl,--no-as-needed -lcurl
	object private/libreach_hidden.so reach_third.c -O2

	object now.so reach_plugin.c -O2 -Wl,-z,relro,-z,now -lcurl
	object lazy.so reach_plugin.c -O2 -Wl,-z,norelro,-z,lazy -lcurl
	object partly.so reach_plugin.c -O2 -Wl,-z,relro,-z,lazy -lcurl
	object noplt.so reach_plugin.c -O2 -fno-plt -Wl,-z,relro,-z,now -lcurl
	object table.so reach_plugin.c -O2 -DTABLE -Wl,-z,relro,-z,now -lcurl
	object weak.so reach_plugin.c -O2 -DWEAK -Wl,-z,relro,-z,now
	object later.so reach_later.c -O2
	object tracer.so reach_tracer.c -O2
	# The name alone: Debian's libcurl for GnuTLS comes without what a linker needs.
	real=$(libcurl_path "$GNUTLS")
	if [ -n "$real" ]; then
		object gnutls.so reach_plugin.c -O2 -Wl,-z,now "$real"
	fi
	real=$(libcurl_path "$OPENSSL")
	if [ -n "$real" ]; then
		cp -L "$real" "$PLUGINS/private/$OPENSSL"
		object private.so reach_plugin.c -O2 -Wl,-z,now '-Wl,-rpath,$ORIGIN/private' -lcurl
	fi
	"${CC:-cc}" -std=gnu11 -D_GNU_SOURCE -O2 -o "$PLUGINS/host_linked" \
		"$REPO/tests/clients/reach_host.c" -Wl,--no-as-needed -lcurl \
		"$PLUGINS/third-2-optimize-sibling-calls.so" -ldl
}

libcurl_path() {
	/sbin/ldconfig -p | sed -n "s,^.*[[:space:]]$1 (.*) => ,,p" | head -n 1
}

need_object() {
	skip_without "${CC:-cc}"
	[ -e "$PLUGINS/$1" ] || skip "$1 could not be built: no libcurl for it"
}

need_library() {
	[ -n "$(libcurl_path "$1")" ] || skip "$1 is not installed"
}

# both NAME COMMAND...: the output without us in NAME.without, with us in NAME.with.
both() {
	"${@:2}" >"$1.without" 2>&1 || true
	LD_PRELOAD=$BUILD/libcurlretry.so "${@:2}" >"$1.with" 2>&1 || true
}

# same NAME: what `both` wrote is the same, and something.
same() {
	[ -s "$1.without" ] || fail "nothing was printed"
	diff "$1.without" "$1.with" >&2
}

# compare_lookups NAME: the same answers, but where libcurl answered for a name of ours, we may.
compare_lookups() {
	[ -s "$1.without" ] || fail "nothing was printed"
	paste -d '\n' "$1.without" "$1.with" | awk '
		function ours(name) { return name ~ /^curl_easy_(init|setopt|perform|getinfo|pause|reset|duphandle|cleanup)$/ }
		NR % 2 { plain = $0; next }
		plain == $0 { next }
		ours($1) && plain ~ /: libcurl[^ ]*; no error$/ && /: libcurlretry.so; no error$/ { next }
		# Whom the text names may differ here; that there is one, and one only, may not.
		ours($1) && plain ~ /: NULL; .*undefined symbol/ && /: NULL; .*undefined symbol/ && !/twice/ { next }
		{ print plain "\n  became\n" $0; bad = 1 }
		END { exit bad }' >&2
}

# --- callers that look symbols up themselves ---

@test "ctypes with two libcurls in one process is retried with each" {
	need_library "$OPENSSL"
	need_library "$GNUTLS"
	cat >both.py <<-'END'
		import ctypes, sys
		calls = []
		def transfer(library, url):
		    curl = ctypes.CDLL(library)
		    curl.curl_easy_init.restype = ctypes.c_void_p
		    easy = ctypes.c_void_p(curl.curl_easy_init())
		    body = []
		    write = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t,
		                             ctypes.c_size_t, ctypes.c_void_p)(
		        lambda data, size, count, user: body.append(data[:size * count]) or size * count)
		    curl.curl_easy_setopt(easy, 10002, ctypes.c_char_p(url.encode()))
		    curl.curl_easy_setopt(easy, 20011, write)
		    def finish(alive=write):
		        code = curl.curl_easy_perform(easy)
		        status = ctypes.c_long()
		        curl.curl_easy_getinfo(easy, 0x200002, ctypes.byref(status))
		        curl.curl_easy_cleanup(easy)
		        print(library, code, status.value, b"".join(body).decode().strip())
		    return finish
		# Both handles exist before either is used.
		for finish in [transfer(*sys.argv[1:3]), transfer(*sys.argv[3:5])]:
		    finish()
	END
	retry "$PYTHON" both.py "$OPENSSL" "$(url 503,200 o)" "$GNUTLS" "$(url 503,503,200 g)" >out
	assert_file out "$OPENSSL 0 200 answer 200 /$(key)/o
$GNUTLS 0 200 answer 200 /$(key)/g"
	assert_requests 5
	assert_log retry recovered retry retry recovered
}

# looked_up WAY LIBRARY
looked_up() {
	need_library "$2"
	retry "$BUILD/tests/reach_dlsym" "$1" "$2" "$(url 503,503,200)" >out
	assert_file out "answer 200 /$(key)/x
code 0 status 200 bytes $((15 + $(key | wc -c))) error none"
	assert_requests 3
}

@test "dlsym with the handle of a libcurl loaded at run time is retried" {
	looked_up handle "$OPENSSL"
}

@test "dlsym with the handle of GnuTLS' libcurl is retried" {
	looked_up handle "$GNUTLS"
}

@test "RTLD_DEFAULT after a dlopen with RTLD_GLOBAL is retried" {
	looked_up default "$OPENSSL"
}

@test "dlsym with the program's own handle after RTLD_GLOBAL is retried" {
	looked_up self "$OPENSSL"
}

@test "dlvsym with the right version is retried" {
	looked_up version "$OPENSSL"
}

@test "dlvsym with another libcurl's version finds nothing" {
	need_library "$GNUTLS"
	run retry "$BUILD/tests/reach_dlsym" version "$GNUTLS" "$(url 200)"
	assert_status 1
	assert_contains "$output" "undefined symbol: curl_easy_init, version CURL_OPENSSL_4"
}

@test "a program without libcurl that probes for it finds none, in any way, and an error each time" {
	both probe "$BUILD/tests/reach_dlsym" probe
	same probe
	assert_equal "$(grep -vc ': NULL, error$' probe.with || true)" 0
}

@test "every look-up of a library's and the program's is answered as without us: -O0 and -O2, with sibling calls and without" {
	need_object third_curl.so
	local third
	for third in "$PLUGINS"/third-*.so; do
		both "${third##*/}" "$BUILD/tests/reach_host" lookups "$third"
		compare_lookups "${third##*/}"
	done
}

@test "every look-up is answered as without us where the program is linked with libcurl" {
	need_object host_linked
	local third
	for third in "$PLUGINS"/third-*.so; do
		both "${third##*/}" "$PLUGINS/host_linked" lookups "$third"
		grep -q '^curl_easy_init main default: libcurlretry.so' "${third##*/}.with"
		compare_lookups "${third##*/}"
	done
}

@test "a library's look-ups in its own libcurl, opened RTLD_LOCAL, are answered as without us, wrong versions included" {
	need_object third_curl.so
	both curl "$BUILD/tests/reach_host" lookups "$PLUGINS/third_curl.so"
	grep -q '^curl_easy_init default: libcurlretry.so' curl.with
	compare_lookups curl
}

# --- dlopen stays as it is ---

# later_sees PRELOADED: what that library says of a transfer and of three look-ups.
later_sees() {
	{
		LD_PRELOAD=$1 "$BUILD/tests/reach_dlsym" handle "$OPENSSL" "$(url 200)" 2>&1 >out
		LD_PRELOAD=$1 "$BUILD/tests/reach_dlsym" count dlsym malloc 3 2>&1
	} | grep -v '^dlsym curl_easy'
}

@test "a library preloaded behind us that stands in front of dlsym and dlopen too sees what it saw without us" {
	need_object later.so
	need_library "$OPENSSL"
	later_sees "$PLUGINS/later.so" >without
	later_sees "$BUILD/libcurlretry.so:$PLUGINS/later.so" >with
	assert_file without "dlopen $OPENSSL
dlopen libc.so.6
dlsym malloc
dlsym malloc
dlsym malloc"
	assert_files_equal with without
	LD_PRELOAD=$PLUGINS/later.so retry "$BUILD/tests/reach_dlsym" handle "$OPENSSL" "$(url 503,200 again)" >out 2>seen
	assert_contains "$(cat out)" "code 0 status 200"
	assert_equal "$(grep -c '^dlopen' seen)" 1
}

@test "dlopen finds a library through its caller's RUNPATH and \$ORIGIN, and says the same when there is none" {
	need_object rpath-2.so
	both open "$BUILD/tests/reach_host" open "$PLUGINS/rpath-0.so" libreach_hidden.so
	grep -q "^third: $PLUGINS/private/libreach_hidden.so" open.without
	grep -q '^main: NULL; libreach_hidden.so: cannot open shared object file' open.without
	same open
	# With a sibling call it is the program that counts as the caller.
	both open "$BUILD/tests/reach_host" open "$PLUGINS/rpath-2.so" libreach_hidden.so
	grep -q '^third: NULL' open.without
	same open
}

@test "a namespace of its own has a libcurl of its own, which works and is left alone" {
	need_library "$OPENSSL"
	both new "$BUILD/tests/reach_host" new "$OPENSSL"
	grep -q 'handle: 1' new.without
	same new
}

@test "a plugin that is closed and opened at another address is found there" {
	need_object now.so
	both move "$BUILD/tests/reach_host" move "$PLUGINS/now.so" 8
	assert_equal "$(grep -c '^moved: yes' move.without)" 8
	same move
}

# --- RTLD_DEEPBIND ---

# deep PLUGIN: retried when opened as PHP opens its extensions.
deep() {
	need_object "$1"
	retry "$BUILD/tests/reach_deep" get "$(url 503,503,200 %s)" "$PLUGINS/$1" >out
	assert_file out 200
	assert_requests 3
	assert_log retry retry recovered
}

@test "a plugin with full RELRO, opened with RTLD_DEEPBIND, is retried" {
	deep now.so
}

@test "a plugin bound lazily, without RELRO, opened with RTLD_DEEPBIND, is retried" {
	deep lazy.so
}

@test "a plugin bound lazily, with partial RELRO, opened with RTLD_DEEPBIND, is retried" {
	deep partly.so
}

@test "a plugin without a PLT, opened with RTLD_DEEPBIND, is retried" {
	deep noplt.so
}

@test "a plugin that calls through tables of its own, constant and not, opened with RTLD_DEEPBIND, is retried" {
	deep table.so
}

@test "a library preloaded in front of us that has a function of libcurl's keeps the program's calls" {
	need_object tracer.so
	need_object now.so
	CURLRETRY_BASE_DELAY=10ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_LOG=none \
		LD_PRELOAD="$PLUGINS/tracer.so:$BUILD/libcurlretry.so" \
		"$BUILD/tests/reach_linked" "$(url 503,200 %s)" "$PLUGINS/now.so" >out 2>seen
	assert_file out "200
200"
	assert_file seen "traced
traced"
	assert_requests 4
}

@test "plugins opened one after the other with RTLD_DEEPBIND are retried, each with its own libcurl" {
	need_object gnutls.so
	need_object private.so
	retry "$BUILD/tests/reach_deep" get "$(url 503,200 %s)" "$PLUGINS"/{now,gnutls,private,lazy}.so >out
	assert_file out "200
200
200
200"
	assert_requests 8
}

@test "a plugin that is opened twice with RTLD_DEEPBIND before anything is looked up is retried" {
	need_object now.so
	retry "$BUILD/tests/reach_deep" twice "$(url 503,200 %s)" "$PLUGINS/now.so" >out
	assert_file out 200
}

@test "a plugin is retried though another one could not be opened before anything is looked up" {
	need_object now.so
	retry "$BUILD/tests/reach_deep" failed "$(url 503,200 %s)" "$PLUGINS/now.so" >out
	assert_file out 200
}

@test "a plugin's pages have the protections they would have, and its other slots lead where they led" {
	need_object now.so
	local plugin
	for plugin in now lazy partly noplt table; do
		both "$plugin" "$BUILD/tests/reach_deep" pages "$PLUGINS/$plugin.so"
		grep -q '^curl_easy_init: libcurlretry.so' "$plugin.with"
		grep -q '^curl_easy_perform: libcurlretry.so' "$plugin.with"
		sed -i -E 's/^(curl_easy_(init|perform)): .*/\1/' "$plugin.with" "$plugin.without"
		grep -q 'r--p\|rw-p' "$plugin.without"
		same "$plugin"
	done
}

@test "a plugin with a weak reference to libcurl, and none there, gets no handle and no request" {
	need_object weak.so
	retry "$BUILD/tests/reach_deep" get "$(url 200 %s)" "$PLUGINS/weak.so" >out
	assert_file out -2
	assert_requests 0
}

need_php() {
	skip_without php
	php -r 'exit(extension_loaded("curl") ? 0 : 1);' || skip "php's curl extension is not installed"
}

@test "php: curl_exec with callbacks sees one clean transfer" {
	need_php
	cat >callbacks.php <<-'END'
		<?php
		$body = ''; $heads = [];
		$curl = curl_init($argv[1]);
		curl_setopt($curl, CURLOPT_WRITEFUNCTION, function ($c, $data) use (&$body) {
		    $body .= $data; return strlen($data); });
		curl_setopt($curl, CURLOPT_HEADERFUNCTION, function ($c, $line) use (&$heads) {
		    if (strncmp($line, 'HTTP/', 5) == 0) $heads[] = trim($line); return strlen($line); });
		var_export(curl_exec($curl)); echo "\n", curl_errno($curl), "\n";
		echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), "\n", implode('|', $heads), "\n", $body;
	END
	retry php callbacks.php "$(url 503,rst,200)" >out
	assert_file out "true
0
200
HTTP/1.1 200 OK
answer 200 /$(key)/x"
	assert_requests 3
}

@test "php: many handles, copies of them and handles that were reset are retried" {
	need_php
	cat >many.php <<-'END'
		<?php
		$all = [];
		for ($i = 0; $i < 20; $i++) {
		    $all[$i] = curl_init();
		    curl_setopt_array($all[$i], [CURLOPT_URL => sprintf($argv[1], "one$i"), CURLOPT_RETURNTRANSFER => true]);
		}
		foreach ($all as $i => $curl) {
		    $copy = curl_copy_handle($curl);
		    curl_setopt($copy, CURLOPT_URL, sprintf($argv[1], "copy$i"));
		    echo substr(curl_exec($curl), 0, 10), ' ', substr(curl_exec($copy), 0, 10), ' ';
		    curl_close($copy);
		    curl_reset($curl);
		    curl_setopt_array($curl, [CURLOPT_URL => sprintf($argv[1], "reset$i"), CURLOPT_RETURNTRANSFER => true]);
		    echo substr(curl_exec($curl), 0, 10), "\n";
		}
	END
	retry php many.php "$(url 503,200 %s)" >out
	assert_equal "$(sort out | uniq -c | tr -s ' ')" " 20 answer 200 answer 200 answer 200"
	assert_requests 120
}

@test "php: code in Guzzle's style, streams and a handle used again, is retried" {
	need_php
	# What Guzzle's CurlFactory and CurlHandler do with a handle, from its pool and back to it.
	cat >guzzle.php <<-'END'
		<?php
		function send($easy, $method, $url, $body = null) {
		    $sink = fopen('php://temp', 'w+'); $headers = []; $at = 0;
		    $conf = [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_URL => $url, CURLOPT_RETURNTRANSFER => false,
		        CURLOPT_HEADER => false, CURLOPT_CONNECTTIMEOUT => 150, CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
		        CURLOPT_HTTPHEADER => ['Accept:', 'Host: 127.0.0.1', 'Expect:'],
		        CURLOPT_HEADERFUNCTION => function ($c, $line) use (&$headers) {
		            if (trim($line) !== '') $headers[] = trim($line); return strlen($line); },
		        CURLOPT_WRITEFUNCTION => function ($c, $data) use ($sink) { return fwrite($sink, $data); }];
		    if ($body !== null) {
		        $conf[CURLOPT_POSTFIELDS] = $body;
		        $conf[CURLOPT_HTTPHEADER][] = 'Content-Type:';
		    }
		    if ($method == 'HEAD') $conf[CURLOPT_NOBODY] = true;
		    curl_setopt_array($easy, $conf);
		    curl_exec($easy);
		    rewind($sink);
		    echo $method, ' ', curl_errno($easy), ' ', explode(' ', $headers[0])[1], ' ',
		        count(preg_grep('/^HTTP/', $headers)), ' ', strlen(stream_get_contents($sink)), "\n";
		    curl_setopt($easy, CURLOPT_HEADERFUNCTION, null);
		    curl_setopt($easy, CURLOPT_READFUNCTION, null);
		    curl_setopt($easy, CURLOPT_WRITEFUNCTION, null);
		    curl_setopt($easy, CURLOPT_PROGRESSFUNCTION, null);
		    curl_reset($easy);
		}
		$easy = curl_init();
		send($easy, 'GET', sprintf($argv[1], 'a'));
		send($easy, 'PUT', sprintf($argv[1], 'b'), str_repeat('x', 5000));
		send($easy, 'HEAD', sprintf($argv[1], 'c'));
		send($easy, 'DELETE', sprintf($argv[1], 'd'));
	END
	retry php guzzle.php "$(url 503,200~len=3000 %s)" >out
	assert_file out "GET 0 200 1 3000
PUT 0 200 1 3000
HEAD 0 200 1 0
DELETE 0 200 1 3000"
	assert_requests 8
}

# The newest there is; in sbin, with its version in the name.
fpm() {
	local found
	found=$(compgen -G '/usr/sbin/php-fpm*' | sort -V | tail -n 1)
	printf '%s' "$found"
}

stop_fpm() {
	local pid
	for pid in ${FPM_PID:-} ${NGINX_PID:-}; do
		kill "$pid" 2>/dev/null || true
		tail --pid="$pid" -s 0.01 -f /dev/null
	done
	unset FPM_PID NGINX_PID
}

teardown() {
	stop_fpm
}

start_fpm() {
	local ready
	cat >fpm.conf <<-END
		[global]
		error_log = $PWD/fpm.log
		daemonize = no
		[www]
		listen = $PWD/fpm.sock
		listen.mode = 0666
		$([ "$(id -u)" -ne 0 ] || printf 'user = root\ngroup = root')
		pm = static
		pm.max_children = 2
		clear_env = no
	END
	cat >nginx.conf <<-END
		daemon off;
		master_process off;
		pid $PWD/nginx.pid;
		error_log stderr notice;
		events {}
		http {
			access_log off;
			client_body_temp_path $PWD/body;
			fastcgi_temp_path $PWD/fastcgi;
			proxy_temp_path $PWD/proxy;
			uwsgi_temp_path $PWD/uwsgi;
			scgi_temp_path $PWD/scgi;
			server {
				listen unix:$PWD/nginx.sock;
				location / {
					fastcgi_pass unix:$PWD/fpm.sock;
					fastcgi_param SCRIPT_FILENAME $PWD/page.php;
					fastcgi_param REQUEST_METHOD \$request_method;
					fastcgi_param QUERY_STRING \$query_string;
				}
			}
		}
	END
	# Its log is a pipe, so that it tells us when it is ready.
	mkfifo fpm.log nginx.log
	exec {ready}<>fpm.log
	# Not `retry`: what is killed must be php-fpm itself, and curlretry becomes that.
	CURLRETRY_BASE_DELAY=10ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_MAX_DELAY=100ms \
		"$BUILD/curlretry" "$(fpm)" -F -R -y fpm.conf </dev/null >/dev/null 2>&1 3>&- {ready}>&- &
	FPM_PID=$!
	until_said "$ready" "ready to handle connections"
	exec {ready}>&-
	exec {ready}<>nginx.log
	nginx -p "$PWD" -c "$PWD/nginx.conf" </dev/null >/dev/null 2>nginx.log 3>&- {ready}>&- &
	NGINX_PID=$!
	# It stays open: nginx has more to say before it begins to ignore SIGPIPE.
	until_said "$ready" "start worker\|using the"
}

# until_said DESCRIPTOR PATTERN
until_said() {
	local line
	while read -r -t 20 -u "$1" line; do
		grep -q "$2" <<<"$line" && return
		printf '%s\n' "$line" >&2
	done
	fail "nobody said $2"
}

@test "php-fpm behind nginx is retried, in each of its children" {
	need_php
	skip_without nginx
	[ -n "$(fpm)" ] || skip "php-fpm is not installed"
	cat >page.php <<-'END'
		<?php
		$curl = curl_init(urldecode($_SERVER['QUERY_STRING']));
		curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
		echo curl_exec($curl), getmypid(), "\n";
	END
	start_fpm
	local i
	for i in 1 2 3 4 5 6; do
		curl -sS --unix-socket nginx.sock "http://x/?$(enc "$(url 503,503,200 "$i")")" >>out
	done
	assert_equal "$(grep -c '^answer 200' out)" 6
	assert_requests 18
}

@test "a running php-fpm obeys an edit of the file of rules" {
	need_php
	skip_without nginx
	[ -n "$(fpm)" ] || skip "php-fpm is not installed"
	cat >page.php <<-'END'
		<?php
		$curl = curl_init(urldecode($_SERVER['QUERY_STRING']));
		curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
		curl_exec($curl);
		echo curl_getinfo($curl, CURLINFO_RESPONSE_CODE), "\n";
	END
	export CURLRETRY_CONFIG=$PWD/rules
	echo "attempts = 1" >rules
	start_fpm
	local i
	for i in 1 2 3; do
		curl -sS --unix-socket nginx.sock "http://x/?$(enc "$(url 503,503,200 "$i")")" >>out
	done
	printf '[program php-fpm*, host 127.0.0.1]\nattempts = 3\n' >new
	mv new rules
	sleep 1.1
	for i in 4 5 6; do
		curl -sS --unix-socket nginx.sock "http://x/?$(enc "$(url 503,503,200 "$i")")" >>out
	done
	unset CURLRETRY_CONFIG
	assert_file out $'503\n503\n503\n200\n200\n200'
}

# --- several libcurls, threads, processes ---

@test "threads that open, use and close plugins with three libcurls at once are all retried" {
	need_object gnutls.so
	need_object private.so
	retry "$BUILD/tests/reach_deep" churn "$(url 503,200 %s)" 12 \
		"$PLUGINS"/{now,gnutls,private,lazy,noplt,partly,now,gnutls}.so >out
	assert_file out "wrong 0"
	assert_requests 192
}

@test "a fork from another thread in the middle of a transfer leaves both processes theirs" {
	retry "$BUILD/tests/reach_load" fork "$(url 503,200~len=70000 %s)" >out
	assert_file out "child 0
parent 200 bytes 70000"
	assert_requests 4
	assert_equal "$(events pid | sort -u | wc -l)" 2
}

@test "a child that is forked while another thread opens plugins with RTLD_DEEPBIND is retried" {
	need_object now.so
	retry "$BUILD/tests/reach_deep" forked "$(url 503,200 %s)" "$PLUGINS/now.so" >out
	assert_file out 200
	assert_requests 2
}

@test "a fork from a transfer's own callback leaves both processes theirs" {
	retry "$BUILD/tests/reach_load" inside "$(url 503,200~len=70000 %s)" >out
	assert_file out "child 0
parent 200 bytes 70000"
	assert_requests 4
}

@test "a curl that is spawned, with posix_spawn or vfork, while a thread transfers is retried" {
	skip_without curl
	local way
	for way in spawn vfork; do
		retry "$BUILD/tests/reach_load" "$way" "$(command -v curl)" "$(url 503,200~len=70000 "$way%s")" >out
		assert_file out "200
child 0
parent 200 bytes 70000"
	done
	assert_requests 8
}

@test "a server that forks its workers after a transfer of its own has each of them retried" {
	retry "$BUILD/tests/reach_load" prefork "$(url 503,503,200 %s)" 6 5 >out
	assert_file out "parent 200
child 0
child 0
child 0
child 0
child 0
child 0
after 200"
	assert_requests 96
}

# tsan COMMAND...: the client brings the sanitizer's runtime, and the shim of that build comes before it.
tsan() {
	[ -z "${EMULATED:-}" ] || skip "sanitizers do not run under $EMULATED"
	build_with thread reach_deep reach_load 2>built || skip "no ThreadSanitizer here: $(head -n 1 built)"
	CURLRETRY_BASE_DELAY=10ms CURLRETRY_MIN_DELAY=1ms CURLRETRY_LOG=$PWD/log CURLRETRY_LOG_FORMAT=json \
		TSAN_OPTIONS=exitcode=99:die_after_fork=0:report_thread_leaks=0:suppressions=$REPO/tests/tsan.supp \
		timeout 300 setarch -R env LD_PRELOAD="$BUILD/thread/libcurlretry.so" \
		"$BUILD/thread/tests/$1" "${@:2}" >out 2>errors || fail "status $?" "$(cat errors)"
}

@test "ThreadSanitizer: threads open, use and close plugins of three libcurls" {
	need_object gnutls.so
	need_object private.so
	tsan reach_deep churn-local "$(url 503,200 %s)" 12 "$PLUGINS"/{now,gnutls,private,lazy,noplt,partly,now,gnutls}.so
	assert_file out "wrong 0"
	assert_requests 192
}

@test "ThreadSanitizer: forks beside, inside and after a transfer, and a spawned curl" {
	skip_without curl
	local way
	for way in fork inside; do
		tsan reach_load "$way" "$(url 503,200~len=70000 "$way%s")"
		assert_file out "child 0
parent 200 bytes 70000"
	done
	tsan reach_load prefork "$(url 503,503,200 "prefork%s")" 6 5
	assert_equal "$(sort -u out)" "after 200
child 0
parent 200"
	tsan reach_load spawn "$(command -v curl)" "$(url 503,200~len=70000 "spawn%s")"
	assert_contains "$(cat out)" "parent 200 bytes 70000"
}

# --- what it costs ---

# instructions_of_ours WHAT NAME: how many of ours a call runs. The real function's vary by a few
# with where objects lie, so those are not compared.
instructions_of_ours() {
	LD_PRELOAD=$BUILD/libcurlretry.so valgrind --tool=callgrind --callgrind-out-file=calls \
		"$BUILD/tests/reach_dlsym" count "$1" "$2" 1000 >/dev/null 2>&1
	callgrind_annotate --threshold=100 calls | awk '
		/libcurlretry.so\]/ { gsub(",", "", $1); sum += $1 }
		END { printf "%d", sum / 1000 }'
}

# assert_cost WHAT NAME BOUND
assert_cost() {
	local ours
	skip_with_coverage
	ours=$(instructions_of_ours "$1" "$2")
	[ "$ours" -gt 2 ] || fail "callgrind counted $ours of ours: not interposed"
	[ "$ours" -lt "$3" ] || fail "$1 of $2 costs $ours instructions more"
}

@test "a dlsym of another name costs under twenty instructions more" {
	skip_without valgrind
	assert_cost dlsym malloc 20
}

@test "a dlsym of another name with our names' first letter costs under twenty instructions more" {
	skip_without valgrind
	assert_cost dlsym calloc 20
}

@test "a dlopen without RTLD_DEEPBIND costs under twenty instructions more" {
	skip_without valgrind
	assert_cost dlopen libc.so.6 20
}
