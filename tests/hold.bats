# SPDX-License-Identifier: MIT
#
# Bodies that are held until they are whole, and what is kept of request bodies.

load helpers

setup_file() {
	start_server --h2 --ftp
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir tmp
	export TMPDIR=$PWD/tmp
}

# get SCRIPT [CURL OPTION]...: into "out".
get() {
	retry curl -sS "$(url "$1" "$(enc "$1$CURLRETRY_HOLD")")" -o out "${@:2}"
}

# --- up to 64 KiB ---

@test "a small body that breaks off is fetched again whole, without a validator" {
	get 200~len=50000~cut=20000,200~len=50000
	assert_body out 50000
	assert_log retry recovered
	CURLRETRY_HOLD=0 run get 200~len=50000~cut=20000,200~len=50000
	assert_status 18
}

@test "in an event loop too, over HTTP/2 and FTP, and where it is another the second time" {
	skip_without_feature HTTP2
	retry curl -sS -Z -o a -o b "$(url 200~len=50000~cut=20000,200~len=50000 a)" "$(url 200~len=60000~cut=-1,200~len=60000 b)"
	assert_body a 50000
	assert_body b 60000
	retry curl -sS --http2-prior-knowledge "$(url 200~len=50000~rst=20000,200~len=50000 c "$H2_PORT")" -o c
	assert_body c 50000
	retry curl -sS "$(url 200~len=50000~cut=20000,200~len=50000 d "$FTP_PORT" ftp)" -o d
	assert_body d 50000
	retry curl -sS "$(url 200~len=50000~etag=a~cut=20000,200~len=40000~etag=b e)" -o e
	assert_body e 40000
}

@test "what is longer, or of unknown length, streams as before" {
	run get 200~len=70000~cut=20000,200~len=70000
	assert_status 18
	run get 200~len=50000~cutchunked=20000,200~len=50000
	assert_status 18
	assert_log not_retried:delivered not_retried:delivered
}

# Reads a piece before the server, which stalls, has sent the rest.
@test "a stream of unknown length is passed on as it comes" {
	mkfifo pipe
	retry curl -sSN "$(url 200~len=40000~chunked~stall=20000)" >pipe &
	head -c 20000 pipe >piece
	kill %1
	body_of 40000 whole
	head -c 20000 whole >expected
	assert_files_equal piece expected
}

@test "the last attempt's body streams, and a POST's" {
	CURLRETRY_ATTEMPTS=1 run get 200~len=50000~cut=20000
	assert_status 18
	assert_equal "$(wc -c <out)" 20000
	run get 200~len=50000~cut=20000,200~len=50000 -d x
	assert_status 18
	assert_log not_retried:delivered not_retried:method
	CURLRETRY_METHODS=+POST get 200~len=50000~cut=20001,200~len=50000 -d x
	assert_body out 50000
}

@test "what never becomes whole is handed over as far as it came, with its error" {
	run get 200~len=50000~cut=20000
	assert_status 18
	assert_equal "$(wc -c <out)" 20000
	assert_equal "$(events | tail -n 1)" gave_up:attempts
}

@test "the header stands before the body, and the program's numbers are those of the last attempt" {
	get 200~len=50000~cut=20000,200~len=50000 -D head -w '%{size_download} %{http_code} %{num_connects}' >numbers
	assert_file numbers "50000 200 1"
	assert_equal "$(grep -c ^HTTP/ head)" 1
	get 200~len=50000~cut=20000,200~len=50000 -i
	body_of 50000 whole
	tail -c 50000 out | cmp - whole
}

@test "a compressed body is handed over when libcurl has it whole" {
	skip_without_feature libz
	get 200~len=50000~gz --compressed
	assert_body out 50000
}

# --- held in a file ---

@test "a large body is held in a file without a name, and fetched again without a strong validator" {
	CURLRETRY_HOLD=1GiB get 200~len=20971520~weak=w~cut=12000000,200~len=20971520~weak=w
	assert_body out 20971520
	assert_log retry recovered
	assert_equal "$(ls -A tmp)" ""
}

@test "a body of unknown length is held so far, and streams beyond" {
	CURLRETRY_HOLD=8MiB get 200~len=5000000~cutchunked=4000000,200~len=5000000~chunked
	assert_body out 5000000
	assert_log retry recovered
	CURLRETRY_HOLD=2MiB run get 200~len=5000000~cutchunked=4000000,200~len=5000000
	assert_status 18
	body_of 5000000 whole
	head -c 4000000 whole >expected
	assert_files_equal out expected
}

@test "where nothing can be held it streams, says so once, and nothing is lost" {
	TMPDIR=/nonexistent CURLRETRY_HOLD=1GiB get 200~len=5000000
	assert_body out 5000000
	assert_log not_held
	: >log
	CURLRETRY_HOLD=1GiB retry bash -c 'ulimit -f 3000; exec curl -sS "$0"' "$(url 200~len=9000000 limited)" | cat >out
	assert_body out 9000000
	assert_log not_held
}

# --- request bodies ---

@test "a body from a pipe is sent again up to 64 MiB" {
	local size
	for size in 102400 3145728 20000000; do
		body_of $size body
		retry curl -sS -T - "$(url 503,503,200 $size/x)" -o out < <(cat body)
		assert_equal "$(ledger body_sha256 "$(key)/$size" | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
		assert_equal "$(ledger path "$(key)/$size" | wc -l)" 3
	done
	assert_equal "$(ls -A tmp)" ""
}

@test "past the limit, or without room for it, it is sent once" {
	body_of 3145728 body
	CURLRETRY_UPLOAD_BUFFER=2MiB run retry curl -sS -f -T - "$(url 503,200 limit)" -o out < <(cat body)
	assert_status 22
	TMPDIR=/nonexistent run retry curl -sS -f -T - "$(url 503,200 room)" -o out < <(cat body)
	assert_status 22
	assert_equal "$(ledger body_sha256 | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
	assert_log not_retried:body not_held not_retried:body
}

# --- PHP ---

@test "php: a body that breaks off is returned whole, its header lines once; a POST by METHODS" {
	skip_without php
	php -r 'exit(extension_loaded("curl") ? 0 : 1);' || skip "php's curl extension is not installed"
	cat >program.php <<-'END'
		<?php
		$lines = [];
		$curl = curl_init($argv[1]);
		curl_setopt($curl, CURLOPT_HEADERFUNCTION, function ($curl, $line) use (&$lines) {
		    $lines[] = trim($line);
		    return strlen($line);
		});
		if ($argv[2] == "POST") curl_setopt($curl, CURLOPT_POSTFIELDS, "a=b");
		if ($argv[3] == "returned") {
		    curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
		    $body = curl_exec($curl);
		} else {
		    $body = "";
		    curl_setopt($curl, CURLOPT_WRITEFUNCTION, function ($curl, $data) use (&$body) {
		        $body .= $data;
		        return strlen($data);
		    });
		    curl_exec($curl);
		}
		file_put_contents("body", $body);
		echo curl_errno($curl), " ", curl_getinfo($curl, CURLINFO_RESPONSE_CODE), " ",
		    curl_getinfo($curl, CURLINFO_SIZE_DOWNLOAD), " ",
		    count(preg_grep("/^HTTP/", $lines)), " ", count(preg_grep("/^ETag/i", $lines)), "\n";
	END
	local how script=200~len=50000~weak=a~cut=30000,200~len=50000~weak=a
	for how in returned written; do
		run retry php program.php "$(url $script "$how")" GET "$how"
		assert_equal "$output" "0 200 50000 1 1"
		assert_body body 50000
	done
	run retry php program.php "$(url $script post)" POST written
	assert_equal "$output" "18 200 30000 1 1"
	body_of 50000 whole
	head -c 30000 whole >expected
	assert_files_equal body expected
	CURLRETRY_METHODS=+POST run retry php program.php "$(url $script allowed)" POST returned
	assert_equal "$output" "0 200 50000 1 1"
	assert_body body 50000
	assert_equal "$(requests) $(ledger path | grep -c /post)" "7 1"
	assert_log retry recovered retry recovered not_retried:method retry recovered
}

# --- what a program is told meanwhile ---

@test "the bytes that a progress callback is told of never become fewer" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		told = []
		def progress(total, now, up_total, up):
		    told.append(now)
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		curl.setopt(pycurl.XFERINFOFUNCTION, progress)
		curl.setopt(pycurl.NOPROGRESS, 0)
		curl.perform()
		print(told == sorted(told), max(told))
	END
	run retry "$PYTHON" program.py "$(url 200~len=50000~pace=10000:50~cut=40000,200~len=50000~pace=5000:50)"
	assert_equal "$output" "True 50000"
	assert_log retry recovered
}

@test "a program that pauses, or refuses, a held body does so with the piece it means" {
	skip_without_module pycurl
	cat >program.py <<-'END'
		import pycurl, sys
		curl, got, paused = pycurl.Curl(), [], []
		def body(data):
		    if sys.argv[1] == "all" and len(got) == 2 and not paused:
		        paused.append(True)
		        return pycurl.WRITEFUNC_PAUSE
		    if sys.argv[1] == "refuse" and len(got) == 3:
		        return 0
		    got.append(len(data))
		def progress(*numbers):
		    if paused and paused[0]:
		        paused[0] = False
		        curl.pause(pycurl.PAUSE_CONT)
		curl.setopt(pycurl.URL, sys.argv[2])
		curl.setopt(pycurl.WRITEFUNCTION, body)
		curl.setopt(pycurl.XFERINFOFUNCTION, progress)
		curl.setopt(pycurl.NOPROGRESS, 0)
		try:
		    curl.perform()
		    print("ok", sum(got))
		except pycurl.error as error:
		    print(error.args[0], len(got))
	END
	run retry "$PYTHON" program.py all "$(url 200~len=50000~pace=10000:20~cut=40000,200~len=50000~pace=10000:20 a)"
	assert_equal "$output" "ok 50000"
	run retry "$PYTHON" program.py refuse "$(url 200~len=50000~pace=10000:20 b)"
	assert_equal "$output" "23 3"
}
