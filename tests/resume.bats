#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Downloads that go on where they broke.

load helpers

setup_file() {
	start_server --nginx
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [CURL OPTION]...: into "out".
get() {
	retry curl -sS "$(url "$1")" -o out "${@:2}"
}

# What each request asked for, "-" for the whole.
ranges() {
	"$PYTHON" - "$LEDGER" "/$(key)/" <<'END'
import json, sys
for line in open(sys.argv[1]):
    entry = json.loads(line)
    if sys.argv[2] in entry["path"]:
        print(entry["headers"].get("range", "-"))
END
}

# What most scripts here begin with.
cut=200~len=300000~etag=v1~cut=100000

# part LENGTH RANGE [MODIFIER]: a 206 that says whatever it is told to.
part() {
	printf '206~len=%s~h=ETag:%%22v1%%22~h=Content-Range:bytes%%20%s%s' "$1" "${2/\//%2F}" "${3:-}"
}

# assert_refused SCRIPT [CURL OPTION]...: of what follows the first 100,000 bytes nothing is taken, and the
# first error is what curl ends with, its own message with it.
assert_refused() {
	: >log
	run retry curl -sS "$(url "$1" "$(enc "$1")")" -o out "${@:2}"
	assert_status 18
	# How many bytes were missing.
	assert_contains "$output" 200000
	body_of 300000 whole
	head -c 100000 whole >expected
	assert_files_equal out expected
	assert_log resume gave_up:permanent
}

# assert_not_continued SCRIPT [CURL OPTION]...: the failure is left to the program.
assert_not_continued() {
	: >log
	run retry curl -sS "$(url "$1" "$(enc "$*")")" -o out "${@:2}"
	[ "$status" -ne 0 ]
	assert_log not_retried:delivered
}

@test "a body that breaks off is continued by a range request" {
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-'
	assert_log resume recovered
	assert_equal "$(events bytes_kept | head -n 1)" 100000
}

@test "it is continued as often as it breaks, if it makes progress" {
	get 200~len=1000000~etag=v1~rst=100000,200~len=1000000~etag=v1~cut=100000
	assert_body out 1000000
	assert_requests 10
}

@test "without progress the attempts run out" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cut=1000,200~len=300000~etag=v1~cut=1)" -o out
	assert_status 18
	assert_requests 5
	assert_log resume resume resume resume gave_up:attempts
}

@test "a Last-Modified older than the response is validator enough" {
	get 200~len=300000~lm~cut=100000,200~len=300000~lm
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-'
}

@test "a Last-Modified of the same second is not, of the second before is" {
	local modified=h=Last-Modified:Mon%2C%2001%20Jan%202024%2000:00:00%20GMT
	local date=h=Date:Mon%2C%2001%20Jan%202024%2000:00:0
	assert_not_continued "200~len=300000~$modified~${date}0%20GMT~cut=100000"
	get "200~len=300000~$modified~${date}1%20GMT~cut=100000,206~len=200000~$modified~h=Content-Range:bytes%20100000-299999%2F300000"
	assert_equal "$(wc -c <out)" 300000
}

@test "a weak ETag is no validator" {
	run retry curl -sS "$(url 200~len=300000~weak=v1~cut=100000,200~len=300000~weak=v1)" -o out
	assert_status 18
	assert_log not_retried:delivered
}

@test "a resource that has changed ends the transfer with the original error, and no byte of it is taken" {
	for answer in 200~len=300000~etag=v1~changed 200~len=300000~etag=v2 206~len=300000~etag=v1~changed 416 404 200~len=300000; do
		assert_refused $cut,$answer
	done
}

@test "a reset, too, is the original error" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~rst=100000,200~len=300000~etag=v2)" -o out
	assert_status 56
	assert_log resume gave_up:permanent
}

@test "a server that knows no If-Range: another or a weak ETag, or none, is another resource" {
	local range='100000-299999/300000'
	assert_refused "$cut,$(part 200000 $range | sed 's/v1/v2/')"
	assert_refused "$cut,$(part 200000 $range | sed 's/v1/v11/')"
	assert_refused "$cut,$(part 200000 $range | sed 's/v1%22/v1%22-gzip/')"
	assert_refused "$cut,$(part 200000 $range | sed 's/%22v1/W%2F%22v1/')"
	assert_refused "$cut,$(part 200000 $range | sed 's/ETag/X-Tag/')"
}

@test "another Last-Modified is another resource" {
	local answer
	answer=$(part 200000 100000-299999/300000 | sed 's/ETag:%22v1%22/Last-Modified:Mon%2C%2001%20Jan%202024%2000:00:01%20GMT/')
	assert_refused "200~len=300000~lm~cut=100000,$answer"
}

@test "a 206 that is not the part asked for ends the transfer with the original error" {
	for fault in badrange nocr; do
		assert_refused $cut,200~len=300000~etag=v1~$fault
	done
	for range in 99999-299999/300000 100001-299999/300000 0-199999/300000; do
		assert_refused "$cut,$(part 200000 $range)"
	done
}

@test "nor is one that ends beyond the whole, or of another size" {
	assert_refused "$cut,$(part 200001 100000-300000/300001)"
	assert_refused "$cut,$(part 200001 100000-300000/*)"
	assert_refused "$cut,$(part 200000 100000-299999/300001)"
}

@test "nor is one whose length is not that of its range" {
	assert_refused "$cut,$(part 199999 100000-299999/300000)"
	assert_refused "$cut,$(part 200000 100000-199999/300000)"
}

@test "a 206 that does not tell the whole's size is the rest, if the first response did" {
	get $cut,200~len=300000~etag=v1~nosize
	assert_body out 300000
	run retry curl -sS "$(url 200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1~nosize y)" -o out
	assert_status 18
	assert_equal "$(wc -c <out)" 100000
}

@test "a part that is shorter than asked for is taken, and the rest of it asked for" {
	for first in cut cutchunked; do
		retry curl -sS "$(url 200~len=300000~etag=v1~$first=100000,200~len=300000~etag=v1~short=50000,200~len=300000~etag=v1 $first/x)" -o out
		assert_body out 300000
		assert_equal "$(ledger headers.range "$(key)/$first")" $'-\nbytes=100000-\nbytes=150000-'
	done
}

@test "a part without a length that ends early is not taken for the whole" {
	for first in cut cutchunked; do
		retry curl -sS "$(url 200~len=300000~etag=v1~$first=100000,200~len=300000~etag=v1~eof~cut=-1,200~len=300000~etag=v1 $first/x)" -o out
		assert_body out 300000
		assert_equal "$(ledger headers.range "$(key)/$first")" $'-\nbytes=100000-\nbytes=299999-'
	done
}

@test "a whole without a length that ends early is not taken for the whole" {
	get $cut~norange,200~len=300000~etag=v1~norange~eof~cut=150000,200~len=300000~etag=v1
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-\nbytes=150000-'
}

@test "a whole that is shorter than what the program has leaves the original error" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cutchunked=100000,200~len=50000~etag=v1~norange)" -o out
	assert_status 18
	assert_equal "$(wc -c <out)" 100000
	assert_equal "$(events | tail -n 1)" gave_up:attempts
}

@test "a whole of another length is another resource" {
	for length in 299999 300001; do
		assert_refused $cut,200~len=$length~etag=v1~norange
	done
}

@test "nothing beyond the whole reaches the program" {
	local answer
	for answer in "$(part 250000 100000-299999/300000 ~chunked)" "$(part 200001 100000-299999/300000 ~chunked)" \
		200~len=350000~etag=v1~norange~chunked; do
		run retry curl -sS "$(url "$cut,$answer" "${answer:0:12}")" -o out
		assert_status 18
		[ "$(wc -c <out)" -le 300000 ]
	done
}

@test "a whole that breaks off within what the program has is followed by the part" {
	get $cut,200~len=300000~etag=v1~norange~cut=50000,200~len=300000~etag=v1
	assert_body out 300000
	assert_equal "$(ranges)" $'-\nbytes=100000-\nbytes=100000-'
}

@test "a server that ignores ranges but has the same ETag: what is known is skipped" {
	get 200~len=300000~etag=v1~cut=100000~norange,200~len=300000~etag=v1~norange
	assert_body out 300000
	assert_log resume recovered
}

@test "a 503 and a reset in between are waited out" {
	get 200~len=300000~etag=v1~cut=100000,503~close,rst,200~len=300000~etag=v1
	assert_body out 300000
	assert_log resume resume resume recovered
}

@test "a 503 until the attempts run out is the original error" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cut=100000,503)" -o out
	assert_status 18
	assert_requests 5
	assert_log resume resume resume resume gave_up:attempts
}

@test "the program is shown the first header, and the whole's numbers" {
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 -D head \
		-w '%{http_code} %{size_download} %{num_redirects}' >numbers
	assert_file numbers "200 300000 0"
	assert_equal "$(grep -c HTTP/ head)" 1
	assert_contains "$(head -n 1 head)" 200
}

@test "a part that does not repeat the body's type and date leaves them as the first response had them" {
	local type=~h=Content-Type:image%2Fx-first
	get $cut$type~lm,"$(part 200000 100000-299999/300000)" -R -w '%{content_type}' >kind
	assert_file kind image/x-first
	assert_equal "$(date -u -r out '+%F %T')" "2024-01-01 00:00:00"
	assert_log resume recovered
}

@test "the first response's cookies stay, and those of failures in between are taken back" {
	local first=$cut~cookie=first:1
	get "$first,503~cookie=failed:2,200~len=300000~etag=v1" -c jar
	assert_equal "$(ledger headers.cookie)" $'-\nfirst=1\nfirst=1'
	assert_equal "$(grep -c first jar) $(grep -c failed jar)" "1 0"
	run get "$first,200~len=300000~etag=v2~cookie=refused:2" -c jar
	assert_status 18
	assert_equal "$(grep -c first jar) $(grep -c refused jar)" "1 0"
}

@test "the program's own range goes on from the sum" {
	retry curl -sS -r 1000- "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	body_of 300000 whole
	tail -c +1001 whole >expected
	assert_files_equal out expected
	assert_equal "$(ranges)" $'bytes=1000-\nbytes=101000-'
}

@test "the program's own stretch ends where it did" {
	retry curl -sS -r 1000-200999 "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	body_of 300000 whole
	tail -c +1001 whole | head -c 200000 >expected
	assert_files_equal out expected
	assert_equal "$(ranges)" $'bytes=1000-200999\nbytes=101000-200999'
}

@test "a stretch of a body without a length, and one that ends beyond it" {
	body_of 300000 whole
	retry curl -sS -r 1000-200999 "$(url 200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1 a/x)" -o out
	tail -c +1001 whole | head -c 200000 >expected
	assert_files_equal out expected
	assert_equal "$(ledger headers.range "$(key)/a")" $'bytes=1000-200999\nbytes=101000-200999'
	for first in cut cutchunked; do
		retry curl -sS -r 1000-999999 "$(url 200~len=300000~etag=v1~$first=100000,200~len=300000~etag=v1~short=50000,200~len=300000~etag=v1 $first/x)" -o out
		tail -c +1001 whole >expected
		assert_files_equal out expected
		assert_equal "$(ledger headers.range "$(key)/$first")" $'bytes=1000-999999\nbytes=101000-999999\nbytes=151000-999999'
	done
}

@test "a range that is no one stretch from a byte on, or that the server does not honour, is not continued" {
	assert_not_continued $cut -r -200000
	assert_not_continued $cut -r 0-199999,200000-250000
	assert_not_continued "$(part 250001 0-250000/300000 ~cutchunked=100000)" -r 0-199999,200000-250000
	assert_not_continued $cut~norange -r 1000-
	assert_not_continued $cut~badrange -r 1000-
	assert_not_continued $cut~nocr -r 1000-
	assert_not_continued "$(part 298999 1001-299999/300000 ~cut=100000)" -r 1000-
	assert_not_continued $cut~norange -H "Range: bytes=0-299999"
	assert_not_continued $cut -H "If-Range: \"v0\""
}

@test "no other status than 200 is continued" {
	assert_not_continued 203~len=300000~h=ETag:%22v1%22~cut=100000,200~len=300000~etag=v1
}

@test "a range is not continued by the whole" {
	body_of 300000 whole
	run retry curl -sS -r 1000- "$(url $cut,200~len=300000~etag=v1~norange)" -o out
	assert_status 18
	head -c 101000 whole | tail -c +1001 >expected
	assert_files_equal out expected
	assert_log resume gave_up:permanent
}

@test "a whole is not vouched for by a date" {
	assert_refused 200~len=300000~lm~cut=100000,200~len=300000~lm~norange
	# Where it is known beforehand, nothing is asked.
	assert_not_continued 200~len=300000~lm~norange~cut=100000
}

@test "a date that nothing was said about, or an ETag beyond all measure, is no validator" {
	assert_not_continued 200~len=300000~h=Last-Modified:Mon%2C%2001%20Jan%202024%2000:00:00%20GMT~cut=100000
	assert_not_continued "200~len=300000~etag=$(printf '%0300d' 0)~cut=100000"
	assert_not_continued 200~len=300000~h=ETag:v1~cut=100000
	assert_not_continued 200~len=300000~h=ETag:%22~cut=100000
}

@test "curl -i is shown the first header in front of the whole" {
	get $cut,200~len=300000~etag=v1 -i
	assert_equal "$(grep -ac HTTP/ out)" 1
	tail -c 300000 out >got
	assert_body got 300000
}

@test "curl -C - goes on from its own file" {
	body_of 300000 whole
	head -c 50000 whole >out
	get 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 -C -
	assert_files_equal out whole
}

@test "each request has the program's own fields, and only a continuation has If-Range" {
	local script=200~len=300000~etag=v1
	for range in "" 1000-299999 +1000; do
		retry "$BUILD/tests/easy_handles" multi-after "$(url $script~cut=100000,$script "r$range/x")" ${range:+$range} >out
		assert_equal "$(ledger headers.x-test "$(key)/r$range")" $'yes\nyes\nyes'
		assert_equal "$(ledger headers.if-range "$(key)/r$range")" $'-\n"v1"\n-'
	done
	assert_equal "$(ledger headers.range "$(key)/r")" $'-\nbytes=100000-\n-'
	assert_equal "$(ledger headers.range "$(key)/r1000-299999")" $'bytes=1000-299999\nbytes=101000-299999\nbytes=1000-299999'
	assert_equal "$(ledger headers.range "$(key)/r+1000")" $'bytes=1000-\nbytes=101000-\nbytes=1000-'
}

@test "getinfo says of the length what the first response said" {
	local script=200~len=300000~etag=v1
	retry "$BUILD/tests/easy_handles" multi-after "$(url $script~cutchunked=100000,$script)" >out
	assert_equal "$(sed -n 2p out)" "size=300000 length=-1"
}

@test "getinfo's speed is that of the whole, the wait included" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=300ms CURLRETRY_MAX_DELAY=300ms \
		get $cut,200~len=300000~etag=v1 -w '%{speed_download}\n' >speed
	# The log's last line is written right afterwards.
	awk -v ms="$(events elapsed_ms | tail -n 1)" '{ whole = $1 * ms / 1000 / 300000; exit !(whole > 0.8 && whole < 1.25) }' speed
}

@test "a handle's next transfer begins anew" {
	local script=200~len=300000~etag=v1
	CURLRETRY_ATTEMPTS=2 retry "$BUILD/tests/easy_results" twice "$(url $script~cut=100000,$script,503,$script~cut=100000,$script)" >out
	assert_contains "$(cat out)" "code=0 status=200"
	assert_contains "$(cat out)" "bytes=300000"
	assert_equal "$(sort -u out | wc -l)" 1
	assert_equal "$(ranges)" $'-\nbytes=100000-\n-\n-\nbytes=100000-'
	assert_log resume recovered retry resume recovered
}

@test "with CURLOPT_HEADER and undecoded, the program's bytes are not the body's" {
	retry "$BUILD/tests/easy_callbacks" header-streams "$(url $cut)" 9999999 >out
	assert_contains "$(cat out)" code=18
	assert_log not_retried:delivered
	assert_not_continued 200~len=300000~etag=v1~cutchunked=100000 --raw
}

@test "a coding that libcurl leaves alone is continued, and so is no coding where it would decode one" {
	skip_without_feature libz
	get 200~len=300000~etag=v1~gz~cut=100000,200~len=300000~etag=v1~gz
	gunzip <out >plain
	assert_body plain 300000
	retry curl -sS --compressed "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1 y)" -o out
	assert_body out 300000
}

@test "a continuation that libcurl would decode is none" {
	skip_without_feature libz
	assert_refused "$cut,$(part 200000 100000-299999/300000 ~h=Content-Encoding:gzip)" --compressed
}

@test "what libcurl decodes is not continued" {
	skip_without_feature libz
	run retry curl -sS --compressed "$(url 200~len=300000~etag=v1~gz~cut=10000,200~len=300000~etag=v1~gz)" -o out
	[ "$status" -ne 0 ]
	assert_requests 1
	assert_log not_retried:delivered
}

@test "RESUME=off leaves the failure to the program" {
	CURLRETRY_RESUME=off run retry curl -sS "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	assert_status 18
	assert_requests 1
	assert_log not_retried:delivered
}

@test "a POST is not continued" {
	CURLRETRY_METHODS=+POST run retry curl -sS -d x "$(url 200~len=300000~etag=v1~cut=100000,200~len=300000~etag=v1)" -o out
	assert_status 18
	assert_requests 1
}

@test "a chunked body is continued" {
	get 200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1~chunked
	assert_body out 300000
}

@test "a redirect leads to the rest again" {
	get 302~to=200%7Elen=300000%7Eetag=v1%7Ecut=100000%2C200%7Elen=300000%7Eetag=v1 -L -w '%{num_redirects}' >redirects
	assert_body out 300000
	assert_file redirects 1
}

# --- answers that are not the rest ---

# assert_joined LENGTH: 100,000 bytes of the first answer and LENGTH of a part, which begins with its own first.
assert_joined() {
	body_of 300000 whole
	body_of 200000 part
	head -c 100000 whole >expected
	head -c "$1" part >>expected
	assert_files_equal out expected
}

@test "several parts at once are not the rest, nor the first answer" {
	local range=100000-299999/300000
	assert_refused "$cut,$(part 200000 $range "~h=Content-Type:$(enc 'multipart/byteranges; boundary=x')")"
	assert_not_continued "$(part 250000 0-249999/300000 "~cut=100000~h=Content-Type:multipart%2Fbyteranges")" -r 0-249999
}

@test "a body that is encoded in one of the two answers only is not joined" {
	local range=100000-299999/300000
	assert_refused "$cut,$(part 200000 $range ~h=Content-Encoding:gzip)"
	assert_refused "$cut~h=Content-Encoding:gzip,$(part 200000 $range)"
	get "$cut~h=Content-Encoding:gzip,$(part 200000 $range ~h=Content-Encoding:gzip)"
	assert_joined 200000
}

@test "fields that contradict each other are not gone by" {
	local range=100000-299999/300000
	assert_refused "$cut,$(part 200000 $range "~h=ETag:%22v2%22")"
	assert_refused "$cut,$(part 200000 $range "~h=Content-Range:$(enc 'bytes 100000-299998/300000')")"
	assert_not_continued "$cut~h=ETag:%22v2%22"
	get "$cut~h=ETag:%22v1%22,$(part 200000 $range "~h=ETag:%22v1%22")"
	assert_joined 200000
}

@test "dates, and words about ranges, that contradict each other are not gone by either" {
	local modified=h=Last-Modified:Mon%2C%2001%20Jan%202024%2000:00:00%20GMT
	local date=h=Date:Mon%2C%2001%20Jan%202024%2000:00:0
	local dated="200~len=300000~$modified~cut=100000~${date}1%20GMT"
	assert_not_continued "$dated~${date}0%20GMT"
	assert_not_continued "$dated~h=Accept-Ranges:bytes~h=Accept-Ranges:none"
	assert_not_continued "$dated~h=Accept-Ranges:none~h=Accept-Ranges:bytes"
}

@test "an answer that a redirect brings from elsewhere is not joined, whatever its ETag" {
	local rest=200%7Elen=300000%7Eetag=v1
	assert_refused "302~to=$rest%7Ecut=100000,302~to=$rest" -L
	# A redirect that is signed anew each time leads to the same file.
	rest="%2Fs%2F$rest%7Ecut=100000%2C$rest%2F$(key)%2Ffile"
	get "302~to=$rest%3Fsig=1,302~to=$rest%3Fsig=2" -L
	assert_body out 300000
	assert_equal "$(events | tail -n 2)" $'resume\nrecovered'
}

@test "a part that has more than it says brings no byte beyond" {
	run retry curl -sS "$(url "$cut,$(part 200000 100000-199999/300000 ~chunked)")" -o out
	assert_status 18
	assert_joined $(($(wc -c <out) - 100000))
	[ "$(wc -c <out)" -le 200000 ]
}

@test "a chunked body is not continued by a whole that ends with its connection" {
	run retry curl -sS "$(url 200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1~norange~eof)" -o out
	assert_status 18
	assert_equal "$(wc -c <out)" 100000
	assert_log resume gave_up:permanent
}

@test "nor by one whose coding does not tell its end" {
	local coding
	for coding in identity gzip; do
		: >log
		run retry curl -sS "$(url "200~len=300000~etag=v1~cutchunked=100000,200~len=300000~etag=v1~norange~eof~cut=150000~h=Transfer-Encoding:$coding" $coding)" -o out
		assert_status 18
		assert_equal "$(wc -c <out)" 100000
		assert_log resume gave_up:permanent
	done
}

# --- a range that the program has written itself ---

@test "a Range field of the program's own is asked for again as it is, and what is known is skipped" {
	local answer
	answer=$(part 200000 100000-299999/300000)
	get "$answer~cut=50000,$answer~cut=120000,$answer" -H "Range: bytes=100000-299999" -H "X-Signature: abc"
	assert_equal "$(ranges | sort | uniq -c | tr -s ' ')" " 3 bytes=100000-299999"
	assert_equal "$(ledger headers.if-range | sort -u)" -
	body_of 200000 part
	assert_files_equal out part
	assert_log resume resume recovered
}

@test "a Range field's answer that is another part, or another file's, is not joined" {
	local answer
	answer=$(part 200000 100000-299999/300000)
	for other in "$(part 200000 100000-299999/300001)" "${answer/v1/v2}" 200~len=300000~etag=v1~norange; do
		: >log
		run retry curl -sS -H "Range: bytes=100000-299999" "$(url "$answer~cut=50000,$other" "$(enc "$other")")" -o out
		assert_status 18
		assert_equal "$(wc -c <out)" 50000
		assert_log resume gave_up:permanent
	done
}

# An image of a million bytes, whose every other part breaks off.
@test "gdalinfo, which writes its ranges itself, reads an image whole" {
	skip_without gdalinfo
	cat >server.py <<-'END'
		import http.server, struct, sys
		WIDTH = 1000
		pixels = bytes(i * 7 % 256 for i in range(WIDTH)) * WIDTH
		fields = [(256, WIDTH), (257, WIDTH), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, WIDTH), (279, len(pixels))]
		image = b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + struct.pack("<H", len(fields))
		image += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields) + bytes(4)
		answered = 0
		class Handler(http.server.BaseHTTPRequestHandler):
		    protocol_version = "HTTP/1.1"
		    def log_message(self, *arguments):
		        pass
		    def do_HEAD(self):
		        self.answer(False)
		    def do_GET(self):
		        self.answer(True)
		    def answer(self, body):
		        global answered
		        asked = self.headers.get("Range")
		        first, last = 0, len(image) - 1
		        if asked:
		            first, last = (int(number) for number in asked.split("=")[1].split("-"))
		            last = min(last, len(image) - 1)
		        part = image[first:last + 1]
		        self.send_response(206 if asked else 200)
		        self.send_header("Content-Length", str(len(part)))
		        self.send_header("Accept-Ranges", "bytes")
		        self.send_header("ETag", '"image"')
		        if asked:
		            self.send_header("Content-Range", "bytes %d-%d/%d" % (first, last, len(image)))
		        self.end_headers()
		        if not body:
		            return
		        answered += 1
		        if asked and answered % 2:
		            part = part[:len(part) // 2]
		            self.close_connection = True
		        self.wfile.write(part)
		if len(sys.argv) > 1:
		    sys.stdout.buffer.write(image)
		else:
		    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
		    print(server.server_address[1], flush=True)
		    server.serve_forever()
	END
	local port
	"$PYTHON" server.py image >image.tif
	exec {ready}< <(exec "$PYTHON" server.py 3>&-)
	local server=$!
	read -r port <&"$ready"
	gdalinfo -checksum image.tif | grep Checksum >expected
	GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR CURLRETRY_HOLD=0 \
		retry gdalinfo -checksum "/vsicurl/http://127.0.0.1:$port/image.tif" >out
	kill "$server"
	assert_equal "$(grep Checksum out)" "$(<expected)"
	[ "$(events | grep -c resume)" -ge 1 ] || fail "$(events)"
	assert_lacks "$(events)" gave_up
}
