# SPDX-License-Identifier: MIT
#
# Programs that reach libcurl through something else: a language's binding, opened RTLD_LOCAL, or
# another library; and both of Debian's libcurls in one process.

load helpers

setup_file() {
	start_server
	local flavour
	for flavour in libcurl libcurl-gnutls; do
		cc -shared -fPIC -o "$BATS_FILE_TMPDIR/$flavour-plugin.so" "$REPO/tests/plugins/plugin.c" \
			-l:$flavour.so.4 2>/dev/null || true
	done
	cc -D_GNU_SOURCE -o "$BATS_FILE_TMPDIR/host" "$REPO/tests/plugins/host.c" -ldl -lpthread
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# --- pycurl ---

python() {
	skip_without_module pycurl
	retry "$PYTHON" - "$@" >out
}

@test "pycurl gets the answer and nothing of the failures before" {
	python "$(url 503,rst,200~len=100000)" <<-'EOF'
		import io, pycurl, sys
		body, headers = io.BytesIO(), []
		curl = pycurl.Curl()
		curl.setopt(curl.URL, sys.argv[1])
		curl.setopt(curl.WRITEDATA, body)
		curl.setopt(curl.HEADERFUNCTION, headers.append)
		curl.perform()
		print(curl.getinfo(curl.RESPONSE_CODE), len(body.getvalue()), headers[0].decode().strip())
		curl.close()
	EOF
	assert_file out "200 100000 HTTP/1.1 200 OK"
	assert_equal "$(events | tail -n 1)" recovered
}

@test "pycurl: once the protocol has been switched, a connection that breaks is not opened again" {
	python "$(url 101~h=Upgrade:own~len=9~rst=0,200)" <<-'EOF'
		import pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(pycurl.URL, sys.argv[1])
		curl.setopt(pycurl.HTTPHEADER, ["Connection: Upgrade", "Upgrade: own"])
		curl.setopt(pycurl.WRITEFUNCTION, lambda data: None)
		try:
		    curl.perform()
		except pycurl.error as error:
		    print(error.args[0])
	EOF
	assert_file out 56
	assert_requests 1
	assert_log not_retried:delivered
}

@test "pycurl: an exception in a callback and a progress abort are the program's own" {
	python "$(url 200~len=100000,200)" "$(url 503,200 b)" <<-'EOF'
		import pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(curl.URL, sys.argv[1])
		curl.setopt(curl.WRITEFUNCTION, lambda data: 1)
		try:
		    curl.perform()
		except pycurl.error as error:
		    print(error.args[0])
		curl.reset()
		curl.setopt(curl.URL, sys.argv[2])
		curl.setopt(curl.NOPROGRESS, False)
		curl.setopt(curl.XFERINFOFUNCTION, lambda *numbers: 1)
		try:
		    curl.perform()
		except pycurl.error as error:
		    print(error.args[0])
	EOF
	assert_file out $'23\n42'
	assert_log
}

@test "pycurl: a file object uploads again from its start" {
	body_of 100000 body
	python "$(url 503,200)" body <<-'EOF'
		import pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(curl.URL, sys.argv[1])
		curl.setopt(curl.UPLOAD, True)
		curl.setopt(curl.READDATA, open(sys.argv[2], "rb"))
		curl.setopt(curl.INFILESIZE, 100000)
		curl.setopt(curl.WRITEFUNCTION, lambda data: None)
		curl.perform()
		print(curl.getinfo(curl.RESPONSE_CODE))
	EOF
	assert_file out 200
	assert_equal "$(ledger body_sha256 | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
	assert_requests 2
}

# old_form METHOD_OR_KEY SCRIPT [FILE]: of a text, a buffer, and the file's name and content.
old_form() {
	local CURLRETRY_METHODS=$1 CURLRETRY_IDEMPOTENCY_KEY=${KEYED:-off}
	export CURLRETRY_METHODS CURLRETRY_IDEMPOTENCY_KEY
	python "$(url "$2" "${4:-x}")" "${3:-file}" <<-'EOF'
		import pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(curl.URL, sys.argv[1])
		curl.setopt(curl.HTTPPOST, [("text", "value"),
		    ("buffer", (curl.FORM_BUFFER, "name", curl.FORM_BUFFERPTR, b"x" * 100000)),
		    ("content", (curl.FORM_CONTENTS, "more")), ("file", (curl.FORM_FILE, sys.argv[2]))])
		curl.setopt(curl.WRITEFUNCTION, lambda data: None)
		curl.perform()
		print(curl.getinfo(curl.RESPONSE_CODE))
		curl.setopt(curl.NOBODY, True)
		curl.perform()
		print(curl.getinfo(curl.RESPONSE_CODE))
	EOF
}

@test "pycurl: an old form is sent again whole, where it can be" {
	echo "of the file" >file
	old_form +POST 503~close,rst,200,503,200
	assert_file out $'200\n200'
	assert_equal "$(ledger method | paste -sd,)" POST,POST,POST,HEAD,HEAD
	assert_equal "$(ledger body_length | head -n 3 | sort -u | wc -l)" 1
	assert_log retry retry recovered retry recovered
	# Under a key its body would have to be the same to the byte.
	KEYED=on old_form GET 503,200 file key
	assert_equal "$(events | tail -n 1)" not_retried:body
	old_form +POST 503,200 <(echo of a pipe) pipe
	assert_equal "$(events | tail -n 1)" not_retried:body
}

@test "pycurl: HOSTS goes by the URL, not by where the handle's last transfer has led" {
	CURLRETRY_HOSTS=localhost CURLRETRY_IDEMPOTENCY_KEY=on \
		python "http://localhost:$HTTP_PORT/s/307~to=$(enc "$(url 200)")/$(key)/from" <<-'EOF'
		import pycurl, sys
		curl = pycurl.Curl()
		curl.setopt(curl.URL, sys.argv[1])
		curl.setopt(curl.FOLLOWLOCATION, True)
		curl.setopt(curl.POSTFIELDS, "data")
		curl.setopt(curl.WRITEFUNCTION, lambda data: None)
		curl.perform()
		curl.perform()
	EOF
	assert_equal "$(ledger headers.idempotency-key | grep -c '^"')" 4
}

@test "pycurl: threads that hold no interpreter lock wait side by side" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=400ms CURLRETRY_MAX_DELAY=400ms python "$(url 503,200)" <<-'EOF'
		import pycurl, sys, threading
		def get(number):
		    curl = pycurl.Curl()
		    curl.setopt(curl.URL, sys.argv[1] + str(number))
		    curl.setopt(curl.NOSIGNAL, True)
		    curl.setopt(curl.WRITEFUNCTION, lambda data: None)
		    curl.perform()
		    codes.append(curl.getinfo(curl.RESPONSE_CODE))
		codes = []
		threads = [threading.Thread(target=get, args=(number,)) for number in range(8)]
		for thread in threads: thread.start()
		for thread in threads: thread.join()
		print(codes == [200] * 8)
	EOF
	assert_file out True
	# One after the other, each would recover before the next failed.
	assert_equal "$(events | head -n 2)" $'retry\nretry'
}

# --- CMake ---

# cmake_script: CMake runs what comes on standard input.
cmake_script() {
	skip_without cmake
	cat >script.cmake
	retry cmake "$@" -P script.cmake >out 2>&1
}

@test "CMake's file(DOWNLOAD) gets the answer and nothing of the failures before" {
	cmake_script "-DURL=$(url 503,503,200~len=100000)" <<-'EOF'
		file(DOWNLOAD ${URL} got STATUS status)
		message("${status}")
	EOF
	assert_contains "$(cat out)" "0;"
	assert_body got 100000
	assert_log retry retry recovered
}

@test "CMake's file(DOWNLOAD) with a checksum and progress" {
	body_of 50000 body
	cmake_script "-DURL=$(url 503,200~len=50000)" "-DSUM=$(sha256sum body | cut -d ' ' -f 1)" <<-'EOF'
		file(DOWNLOAD ${URL} got STATUS status SHOW_PROGRESS EXPECTED_HASH SHA256=${SUM})
		message("${status}")
	EOF
	assert_contains "$(cat out)" "0;"
	assert_files_equal got body
}

@test "CMake's file(UPLOAD) sends its file again, whole" {
	body_of 50000 body
	cmake_script "-DURL=$(url 503,200)" <<-'EOF'
		file(UPLOAD body ${URL} STATUS status)
		message("${status}")
	EOF
	assert_contains "$(cat out)" "0;"
	assert_equal "$(ledger body_sha256 | sort -u)" "$(sha256sum body | cut -d ' ' -f 1)"
	assert_requests 2
}

# --- Perl, PHP ---

@test "Perl's WWW::Curl gets the answer and nothing of the failures before" {
	/usr/bin/perl -MWWW::Curl -e 1 2>/dev/null || skip "WWW::Curl is not installed"
	cat >script.pl <<-'EOF'
		use WWW::Curl::Easy;
		my $curl = WWW::Curl::Easy->new;
		open(my $file, ">", \my $body);
		$curl->setopt(CURLOPT_URL, $ARGV[0]);
		$curl->setopt(CURLOPT_WRITEDATA, $file);
		print $curl->perform, " ", $curl->getinfo(CURLINFO_HTTP_CODE), " ", length($body), "\n";
	EOF
	retry /usr/bin/perl script.pl "$(url 503,503,200~len=100000)" >out
	assert_file out "0 200 100000"
	assert_log retry retry recovered
}

@test "PHP's curl gets the answer and nothing of the failures before" {
	skip_without php
	php -r 'exit(extension_loaded("curl") ? 0 : 1);' || skip "PHP's curl is not installed"
	cat >script.php <<-'EOF'
		<?php
		$curl = curl_init($argv[1]);
		curl_setopt($curl, CURLOPT_RETURNTRANSFER, true);
		$body = curl_exec($curl);
		echo curl_getinfo($curl, CURLINFO_HTTP_CODE), " ", strlen($body), "\n";
	EOF
	retry php script.php "$(url 503,503,200~len=100000)" >out
	assert_file out "200 100000"
	assert_log retry retry recovered
}

# --- both libcurls in one process ---

# host MODE: loads both plugins; one transfer's key is in the middle of its URL.
host() {
	local openssl=$BATS_FILE_TMPDIR/libcurl-plugin.so gnutls=$BATS_FILE_TMPDIR/libcurl-gnutls-plugin.so
	if ! [ -e "$openssl" ] || ! [ -e "$gnutls" ]; then
		skip "Debian's two libcurls are not both installed"
	fi
	retry "$BATS_FILE_TMPDIR/host" "$1" "$openssl" "$gnutls" "$(url 503,200 %s)" >out
}

@test "two libcurls in one process are each retried with their own functions" {
	host interleaved
	assert_file out $'openssl gnutls\nwrong=0'
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 10 recovered\n 10 retry'
}

@test "two libcurls in one process, in threads" {
	host threads
	assert_file out $'openssl gnutls\nwrong=0'
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 20 recovered\n 20 retry'
}

@test "plugins that are closed after use leave the other one working" {
	host close
	assert_file out $'openssl gnutls\nwrong=0'
	assert_equal "$(events | grep -c recovered)" 20
}

@test "a handle of one libcurl, used by code bound to the other, stays with its own" {
	host swap
	assert_file out $'openssl gnutls\nwrong=0'
	assert_log retry recovered
}
