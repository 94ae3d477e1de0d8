#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# curl_easy_header and curl_easy_nextheader after a transfer that was continued.

load helpers

setup_file() {
	start_server --h2
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

needs_header_api() {
	nm -D "$(ldd "$BUILD/tests/headers" | awk '/libcurl\.so/ { print $3 }')" | grep -q curl_easy_header ||
		skip "this libcurl has no curl_easy_header"
}

# same_as_unbroken CONTINUED WHOLE [PORT]: the client sees after the first script, which breaks, what it
# sees after the second, which does not.
same_as_unbroken() {
	retry "$BUILD/tests/headers" "$(url "$1" same "${3:-$HTTP_PORT}")" | sed 's,^\(.*/s/\).*,\1,' >with
	"$BUILD/tests/headers" "$(url "$2" same "${3:-$HTTP_PORT}")" | sed 's,^\(.*/s/\).*,\1,' >without
	assert_log resume recovered
	rm log
	assert_files_equal with without
}

@test "they answer of the first response" {
	needs_header_api
	same_as_unbroken 200~len=300000~etag=v~h=X-Many:a~h=X-Many:b~cut=100000,200~len=300000~etag=v~h=X-Many:of-the-rest \
		200~len=300000~etag=v~h=X-Many:a~h=X-Many:b
	assert_contains "$(cat with)" "X-Many[1] -1: b (1 of 2, origin 1)"
	assert_contains "$(cat with)" "content-LENGTH[0] -1: 300000"
	assert_contains "$(cat with)" "Content-Range[0] -1: code 2"
}

@test "they answer of each hop before it" {
	needs_header_api
	local rest=200%7E103%7Elen=300000%7Eetag=v
	same_as_unbroken "302~to=$rest%7Ecut=100000%2C$rest" "302~to=$rest"
	assert_contains "$(cat with)" "X-Interim=yes (0 of 1, origin 8)"
	assert_contains "$(cat with)" "Location[0] 0: "
}

@test "over HTTP/2 they know its pseudo fields" {
	needs_header_api
	curl --version | grep -qw HTTP2 || skip "this libcurl knows no HTTP/2"
	export HTTP2=yes
	same_as_unbroken 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v 200~len=300000~etag=v "$H2_PORT"
}

@test "trailers are the continuation's" {
	needs_header_api
	same_as_unbroken 200~len=300000~etag=v~trailer~cut=100000,200~len=300000~etag=v~trailer 200~len=300000~etag=v~trailer
	assert_contains "$(cat with)" "X-Trailer[0] -1: end (0 of 1, origin 2)"
}

@test "of a continuation that was refused they know nothing" {
	needs_header_api
	retry "$BUILD/tests/headers" "$(url 200~len=300000~etag=v~cut=100000,200~len=0~etag=other~trailer)" >out
	assert_contains "$(cat out)" code=18
	assert_contains "$(cat out)" ': ETag="v"'
	assert_lacks "$(cat out)" other
	assert_lacks "$(cat out)" "X-Trailer[0] -1: end"
}

@test "they answer of the next transfer after it" {
	needs_header_api
	retry "$BUILD/tests/headers" "$(url 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v)" "$(url 200~etag=next next)" >out
	assert_contains "$(cat out)" ': ETag="next"'
	assert_lacks "$(cat out)" '"v"'
}

@test "a libcurl without them has none for a program that looks them up" {
	run retry "$BUILD/tests/headers" "$(url 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v)"
	if curl --version | grep -q 'libcurl/7\.\([0-7]\|8[0-2]\)'; then
		assert_contains "$output" absent
		# CURLHE_NOT_BUILT_IN, where a weak reference has found the shim's own.
		assert_lacks "$(grep behind <<<"$output" | grep -vxF -e "behind the name: 7" -e "behind the next: 0")" behind
	else
		assert_lacks "$output" absent
	fi
}

@test "curl -w tells the first response's fields" {
	needs_header_api
	retry curl -sS -o out -w '%{header_json}' "$(url 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v)" >json
	assert_body out 300000
	"$PYTHON" -c 'import json; fields = json.load(open("json")); print(fields["content-length"], "content-range" in fields)' >fields
	assert_file fields "['300000'] False"
}

@test "ctypes finds them, and is answered likewise" {
	needs_header_api
	cat >client.py <<-'END'
		import ctypes, sys
		curl = ctypes.CDLL("libcurl.so.4")
		curl.curl_easy_init.restype = ctypes.c_void_p
		class Header(ctypes.Structure):
		    _fields_ = [("name", ctypes.c_char_p), ("value", ctypes.c_char_p)]
		easy = ctypes.c_void_p(curl.curl_easy_init())
		curl.curl_easy_setopt(easy, 10002, sys.argv[1].encode())
		print(curl.curl_easy_perform(easy), file=sys.stderr)
		found = ctypes.POINTER(Header)()
		print(curl.curl_easy_header(easy, b"content-length", ctypes.c_size_t(0), 1, -1, ctypes.byref(found)), file=sys.stderr)
		print(found.contents.value.decode(), file=sys.stderr)
	END
	retry "$PYTHON" client.py "$(url 200~len=300000~etag=v~cut=100000,200~len=300000~etag=v)" >out 2>told
	assert_body out 300000
	assert_file told $'0\n0\n300000'
}

# In Turkish the small letter of "I" has no dot.
@test "a field in capitals is known in a Turkish program, too" {
	skip_without localedef
	! grep -qa /ld-musl- "$BUILD/tests/locale" || skip "musl has no locales"
	mkdir locales
	localedef -i tr_TR -f ISO-8859-9 "$PWD/locales/tr_TR" 2>/dev/null || skip "the package locales is not here"
	export LOCPATH=$PWD/locales
	run -0 retry "$BUILD/tests/locale" tr_TR "$(url "302~h=LOCATION:$(enc "$(url 503,200 next)")")"
	assert_equal "${lines[-1]}" 200
	# The redirect, the failure behind it, and both again.
	assert_equal "$(requests)" 4
	run -0 retry "$BUILD/tests/locale" tr_TR "$(url 503~h=RETRY-AFTER:0,200 after)"
	assert_equal "${lines[-1]}" 200
}

# --- pauses at a header's end ---

# With a 503 before, without one, and without us: nobody can tell which.
@test "who holds a transfer up at the last header line gets each line once, and no error" {
	local style script
	for script in "head 200~len=5000" "head 404" "get 204" "get 304" "get 401" "get 401~len=0" "get 200~len=0" \
		"get 200~len=50000" "get 200~len=300000" "get 302~len=0~to=200"; do
		for style in easy multi; do
			"$BUILD/tests/held_up" "$style" "${script% *}" "$(url "${script#* }" "$(enc "$style/$script")/bare")" >bare
			retry "$BUILD/tests/held_up" "$style" "${script% *}" "$(url "${script#* }" "$(enc "$style/$script")/ours")" >ours
			assert_files_equal ours bare
			retry "$BUILD/tests/held_up" "$style" "${script% *}" "$(url "503,${script#* }" "$(enc "$style/$script")/retried")" >retried
			[[ $(<bare) == 0* ]] || fail "$script: $(<bare)"
			assert_equal "$(cut -d ' ' -f 1,2 retried)" "$(cut -d ' ' -f 1,2 bare)"
		done
	done
}

@test "and where it has credentials, so that libcurl might have gone on" {
	local style
	for style in easy multi; do
		"$BUILD/tests/held_up" $style get "$(url 401 $style/bare | sed s,//,//u:p@,)" >bare
		retry "$BUILD/tests/held_up" $style get "$(url 401 $style/ours | sed s,//,//u:p@,)" >ours
		assert_files_equal ours bare
	done
}
