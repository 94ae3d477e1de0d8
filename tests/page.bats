# SPDX-License-Identifier: MIT
#
# curlretry --report --as=html: the page, in a headless Chromium.

load helpers
load report/helpers

setup() {
	skip_without chromium
	[ -z "${EMULATED:-}" ] || skip "no browser under $EMULATED"
	cd "$BATS_TEST_TMPDIR" || return
}

# see STEP...: the page of the file "trace", and in it the steps of report/page.py.
see() {
	"$BUILD/curlretry" --report trace --as=html >page.html 2>skipped
	timeout 300 "$PYTHON" -B "$REPO/tests/report/page.py" page.html "$@"
}

@test "the page opens without a complaint, loads nothing, and shows the numbers that the text shows" {
	generate --transfers 300 --length 60 >trace
	"$BUILD/curlretry" --report trace >text
	local name expected
	see quiet numbers >seen
	assert_equal "$(head -n 1 seen)" quiet
	for name in transfers attempts waited received; do
		expected=$(sed -n "s/^  $name  *//p" text | sed 's/  .*//')
		assert_equal "$(sed -n "s/^$name //p" seen)" "$expected" "$name"
	done
	for name in recovered lost; do
		assert_equal "$(sed -n "s/^$name //p" seen)" "$(grep -oE "[0-9]+ $name" text | sed 's/ .*//')" "$name"
	done
}

@test "numbers are written alike by the text and by the page" {
	local us=(1 49 50 99949 99950 9949 9950 10000 999499 999500 1000000 59994999 59995000 60000000 3599499999 3599500000
		86369999999 86370000000 1e12) bytes=(0 1023 1024 1048575 1048576 5368709119 1099511627776)
	local n expected=""
	for n in "${us[@]}"; do
		attempt transfer="$n" times_us="{total: ($n | floor)}" | jq -c . >trace
		expected+=$("$BUILD/curlretry" --report trace | sed -n '/^Slowest/{n;s/^ *//;s/  .*//;p}')$'\n'
	done
	attempt >trace
	for n in "${us[@]}"; do
		attempt transfer="$n" times_us="{total: ($n | floor)}" ts='"2026-11-27T09:00:00.000Z"'
	done | "$BUILD/curlretry" --report - --as=html >page.html
	timeout 300 "$PYTHON" -B "$REPO/tests/report/page.py" page.html \
		"eval=[...document.querySelectorAll('.row')].map(row => row.children[3].textContent)" |
		jq -r '.[]' >seen
	assert_equal "$(cat seen)" "${expected%$'\n'}"
	expected=""
	for n in "${bytes[@]}"; do
		attempt received="$n" >trace
		expected+=$("$BUILD/curlretry" --report trace | sed -n 's/^  received  *//p' | sed 's/  .*//')$'\n'
	done
	for n in "${bytes[@]}"; do
		attempt transfer="$n" received="$n"
	done >trace
	see "eval=[...document.querySelectorAll('.row')].map((_, i) => { document.querySelectorAll('.row')[i].click();
		return [...document.querySelectorAll('.facts dt')].find(name => name.textContent === 'received').nextSibling.textContent })" |
		jq -r '.[]' >seen
	assert_equal "$(cat seen)" "${expected%$'\n'}"
}

# four: transfers of three hosts, of each outcome one.
four() {
	attempt url='"http://a.example/one"' request_headers='[[":request", "GET /one HTTP/1.1"], ["X-Trace", "Needle-7"]]'
	attempt transfer=2 url='"http://b.example/two"' status=503 decision='"retry"' delay_ms=900
	attempt transfer=2 url='"http://b.example/two"' ts='"2026-11-27T08:00:01.000Z"' attempt=2 decision='"recovered"'
	attempt transfer=3 url='"http://b.example/three"' status=null error='"CURLE_COULDNT_CONNECT"' decision='"gave_up"' \
		ts='"2026-11-27T08:00:05.000Z"' program='"git"' why='"attempts"'
	attempt transfer=4 url='"http://c.example/four"' status=404 ts='"2026-11-27T08:00:09.000Z"'
}

@test "filters by text, host and outcome decide what is shown and counted" {
	four >trace
	see rows search=needle rows shown search= host=b.example rows numbers host="All hosts" outcome=lost rows >seen
	assert_file seen "200 GETa.example/one 
200 GETb.example/two 2 ×
connect GETb.example/three 
404 GETc.example/four 
200 GETa.example/one 
1 of 4 transfers
200 GETb.example/two 2 ×
connect GETb.example/three 
transfers 2
attempts 3
recovered 1
lost 1
waited 900 ms
received 300 B
connect GETb.example/three "
	# Words: all of them, in URLs, statuses, errors and programs.
	assert_equal "$(see search="b.example 503" shown search=git shown search="couldnt gave" shown search=404 shown \
		search="404 b.example" shown click=#reset shown)" "1 of 4 transfers
1 of 4 transfers
0 of 4 transfers
1 of 4 transfers
0 of 4 transfers
4 of 4 transfers"
	assert_equal "$(see click='#hosts .host' shown click='#hosts .host' shown)" "2 of 4 transfers
4 of 4 transfers"
	assert_equal "$(see order=attempts rows | head -n 1)" "200 GETb.example/two 2 ×"
}

@test "zooming shows what happened in that time, and all comes back" {
	four >trace
	assert_equal "$(see key=+ key=+ rows key=0 rows | wc -l)" 5
	see "eval=(() => { const box = document.getElementById('overview'), place = box.getBoundingClientRect(),
		send = (type, share) => box.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: place.left + share * place.width }));
		box.setPointerCapture = () => {};
		send('pointerdown', 0.4); send('pointermove', 0.5); send('pointerup', 0.7); })()" rows click=#by-start rows >seen
	assert_file seen "null
connect GETb.example/three 
200 GETa.example/one 
200 GETb.example/two 2 ×
connect GETb.example/three 
404 GETc.example/four "
}

@test "the keyboard alone leads to a request's headers and back" {
	four >trace
	see key=ArrowDown key=Enter text=#details-title text=#details key=ArrowDown text=#details-title key=Escape \
		"eval=[document.getElementById('details').hidden, document.activeElement.id]" >seen
	assert_equal "$(head -n 1 seen)" "GET http://a.example/one"
	assert_contains "$(cat seen)" "X-TraceNeedle-7"
	assert_equal "$(tail -n 2 seen)" $'GET http://b.example/two\n[true, "grid"]'
}

@test "delays stand beside the range of the policy in force" {
	four >trace
	CURLRETRY_BASE_DELAY=3s see "eval=document.querySelector('.delay').getAttribute('aria-label')" >seen
	assert_equal "$(jq -r . seen)" "After attempt 1: 1 delays, median 900 ms; the policy draws 100 ms – 3.00 s"
}

@test "what a server sends neither runs as script nor becomes markup" {
	local evil='</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"><!--\u2028\u2029\u0000{{js}}'
	evil=${evil//\"/\\\"}
	{
		attempt url="\"http://h.example/$evil\"" method="\"$evil\"" program="\"$evil\"" why="\"$evil\"" error="\"$evil\"" \
			http_version="\"$evil\"" remote="\"$evil\"" local="\"$evil\"" \
			request_headers="[[\"$evil\", \"$evil\"]]" response_headers="[[\":status\", \"$evil\"], [\"$evil\", \"$evil\"]]"
		attempt transfer=2 url="\"$evil\"" decision='"retry"' delay_ms=4
		attempt transfer=3 url='"javascript:window.hacked=1"' method='"javascript:window.hacked=1"'
	} >trace
	local clean
	mv trace kept
	attempt >trace
	clean=$(see click=.row "eval=document.querySelectorAll('script, img, iframe, a, link, style').length")
	mv kept trace
	see click=.row search=hacked click=.row "eval=document.querySelectorAll('.row')[1].click()" \
		"eval=document.querySelectorAll('script, img, iframe, a, link, style').length" "eval=typeof window.hacked" quiet text=#details >seen
	assert_equal "$(sed -n 2,4p seen)" "$clean"$'\n"undefined"\nquiet'
	assert_contains "$(cat seen)" "window.hacked = 1"
	mv trace '<img src=x onerror="window.hacked=1">'
	"$BUILD/curlretry" --report '<img src=x onerror="window.hacked=1">' --as=html >page.html
	"$PYTHON" -B "$REPO/tests/report/page.py" page.html "eval=[typeof window.hacked, document.title]" >seen
	assert_equal "$(jq -r '.[]' seen)" $'undefined\n<img src=x onerror="window.hacked=1">: curlretry report'
	# A script that got in all the same would be forbidden to run.
	attempt >trace
	see "eval=(() => { const script = document.createElement('script'); script.textContent = 'window.hacked = 1';
		document.body.append(script); return typeof window.hacked })()" >seen
	assert_file seen '"undefined"'
}

@test "the lines that were skipped are said" {
	{ attempt; echo garbage; attempt | head -c 30; } >trace
	assert_equal "$(see text=#skipped)" "2 of 3 lines skipped: 1 no JSON, 1 cut off at the end"
	attempt >trace
	assert_equal "$(see "eval=document.getElementById('skipped').hidden")" true
	: >trace
	assert_equal "$(see shown quiet)" $'0 of 0 transfers\nquiet'
}

@test "of 100,000 attempts only those in sight are in the document" {
	generate --transfers 80000 --length 36000 >trace
	local lines
	lines=$(wc -l <trace)
	[ "$lines" -ge 100000 ] || fail "only $lines lines"
	see text=#n-attempts "eval=document.querySelectorAll('.row').length < 100" key=End \
		"eval=document.querySelector('.row[aria-selected=true]').getAttribute('aria-rowindex')" \
		search="part-0001" "eval=Number(document.getElementById('n-transfers').textContent) > 0" quiet >seen
	assert_file seen "$(printf "%'d" "$lines" | sed 's/^\([0-9]*\)\([0-9]\{3\}\)$/\1,\2/')
true
\"80000\"
true
quiet"
}
