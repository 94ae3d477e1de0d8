# SPDX-License-Identifier: MIT
#
# Transfers in a multi handle, in each style of loop, through programs as they come.

load helpers

setup_file() {
	start_server
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

python() {
	skip_without_module pycurl
	cat - >program.py
	retry "$PYTHON" program.py "$@" >out
}

# Easy handles for the URLs in argv, and what came of them.
common='
import io, pycurl, sys, time
class Easy:
    def __init__(self, url):
        self.body, self.headers, self.curl = io.BytesIO(), [], pycurl.Curl()
        self.curl.setopt(pycurl.URL, url)
        self.curl.setopt(pycurl.WRITEDATA, self.body)
        self.curl.setopt(pycurl.HEADERFUNCTION, self.headers.append)
easies = [Easy(url) for url in sys.argv[1:]]
def results(multi):
    left, good, bad = multi.info_read()
    for easy in easies:
        state = "ok" if easy.curl in good else [b[1] for b in bad if b[0] is easy.curl]
        blocks = sum(line.startswith(b"HTTP/") for line in easy.headers)
        print(state, easy.curl.getinfo(pycurl.RESPONSE_CODE), blocks, easy.body.getvalue())
    print("messages left", left)
'

@test "curl -Z: of fifty transfers a third fail first, and each file is right" {
	local i options=()
	for i in {1..50}; do
		local script=200~len=$((i * 1000))
		[ $((i % 3)) -eq 0 ] && script=503,500,$script
		options+=(-o "$i" "$(url "$script" "$i")")
	done
	retry curl -sS -f -Z "${options[@]}"
	for i in {1..50}; do
		assert_body "$i" $((i * 1000))
	done
	assert_requests $((50 + 16 * 2))
	assert_equal "$(events event | sort | uniq -c | tr -s ' ')" " 16 recovered
 32 retry"
}

@test "curl -Z: a POST is not sent again, and the program sees its failure" {
	retry curl -sS -Z -d amount=100 "$(url 503,200)" >out
	assert_file out "error page 1 503 /$(key)/x"
	assert_requests 1
	assert_log not_retried:method
}

@test "a loop of perform and select gets clean transfers, and does not spin while they wait" {
	python "$(url 503,503,200 a)" "$(url 200 b)" "$(url rst,200 c)" "$(url 404 d)" <<-EOF
		$common
		multi = pycurl.CurlMulti()
		for easy in easies:
		    multi.add_handle(easy.curl)
		running, loops = len(easies), 0
		while running:
		    running = multi.perform()[1]
		    loops += 1
		    if running:
		        multi.select(60)
		results(multi)
		print("spun" if loops > 200 else "waited")
	EOF
	assert_file out "ok 200 1 b'answer 200 /$(key)/a\\n'
ok 200 1 b'answer 200 /$(key)/b\\n'
ok 200 1 b'answer 200 /$(key)/c\\n'
ok 404 1 b'error page 1 404 /$(key)/d\\n'
messages left 0
waited"
	assert_requests 7
}

@test "a loop of socket_action on epoll wakes up for what happens and what is due alone" {
	python "$(url 503,503,200 a)" "$(url 200 b)" "$(url rst,200 c)" <<-EOF
		$common
		import select
		multi, poll, due, wakeups = pycurl.CurlMulti(), select.epoll(), None, 0
		masks = {1: select.EPOLLIN, 2: select.EPOLLOUT, 3: select.EPOLLIN | select.EPOLLOUT}
		def on_socket(event, fd, multi, data):
		    try:
		        poll.unregister(fd)
		    except OSError:
		        pass
		    if event in masks:
		        poll.register(fd, masks[event])
		def on_timer(ms):
		    global due
		    due = None if ms < 0 else time.monotonic() + ms / 1000
		multi.setopt(pycurl.M_SOCKETFUNCTION, on_socket)
		multi.setopt(pycurl.M_TIMERFUNCTION, on_timer)
		for easy in easies:
		    multi.add_handle(easy.curl)
		running = len(easies)
		while running:
		    events = poll.poll(60 if due is None else max(0, due - time.monotonic()) + 0.001)
		    wakeups += 1
		    if not events:
		        due = None
		        running = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)[1]
		    for fd, mask in events:
		        bits = (1 if mask & ~select.EPOLLOUT else 0) | (2 if mask & select.EPOLLOUT else 0)
		        running = multi.socket_action(fd, bits)[1]
		results(multi)
		print("spun" if wakeups > 60 else "waited")
	EOF
	assert_file out "ok 200 1 b'answer 200 /$(key)/a\\n'
ok 200 1 b'answer 200 /$(key)/b\\n'
ok 200 1 b'answer 200 /$(key)/c\\n'
messages left 0
waited"
	assert_requests 6
}

@test "a timer that fires early loses no retry" {
	CURLRETRY_BASE_DELAY=200ms CURLRETRY_MAX_DELAY=200ms python "$(url 503,503,200)" <<-EOF
		$common
		multi, sockets, due = pycurl.CurlMulti(), {}, None
		def on_timer(ms):
		    global due
		    due = None if ms < 0 else time.monotonic() + ms / 1000
		multi.setopt(pycurl.M_SOCKETFUNCTION, lambda event, fd, multi, data: sockets.update({fd: event}))
		multi.setopt(pycurl.M_TIMERFUNCTION, on_timer)
		multi.add_handle(easies[0].curl)
		import select
		running = 1
		while running:
		    readable = [fd for fd, event in sockets.items() if event in (1, 3)]
		    writable = [fd for fd, event in sockets.items() if event in (2, 3)]
		    wait = 30 if due is None else max(0, due - time.monotonic() - 0.002)
		    ready = select.select(readable, writable, [], wait)
		    if not ready[0] and not ready[1]:
		        due = None
		        running = multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)[1]
		    for fd in ready[0]:
		        running = multi.socket_action(fd, 1)[1]
		    for fd in ready[1]:
		        running = multi.socket_action(fd, 2)[1]
		results(multi)
	EOF
	assert_contains "$(cat out)" "ok 200 1"
}

@test "a handle that waits for its retry can be taken out, and used again" {
	CURLRETRY_JITTER=none CURLRETRY_BASE_DELAY=50s CURLRETRY_MAX_DELAY=50s \
		python "$(url 503,200)" <<-EOF
		$common
		multi = pycurl.CurlMulti()
		multi.add_handle(easies[0].curl)
		while not open("log").read():
		    multi.perform()
		    multi.select(1)
		print("running", multi.perform()[1], "due in a minute", 1000 < multi.timeout() <= 50000)
		multi.remove_handle(easies[0].curl)
		print("running", multi.perform()[1], multi.info_read())
		easies[0].curl.perform()
		print(easies[0].body.getvalue())
	EOF
	assert_file out "running 1 due in a minute True
running 0 (0, [], [])
b'answer 200 /$(key)/x\\n'"
	assert_log retry gave_up:aborted
}

@test "a download that breaks in a multi handle goes on, and getinfo tells of the whole" {
	local script=200~len=200000~etag=v1
	python "$(url $script~cut=70000,$script)" <<-EOF
		$common
		multi = pycurl.CurlMulti()
		multi.add_handle(easies[0].curl)
		while multi.perform()[1]:
		    multi.select(1)
		open("body", "wb").write(easies[0].body.getvalue())
		multi.remove_handle(easies[0].curl)
		print(len(easies[0].headers), easies[0].curl.getinfo(pycurl.RESPONSE_CODE),
		      easies[0].curl.getinfo(pycurl.SIZE_DOWNLOAD))
	EOF
	assert_body body 200000
	assert_contains "$(cat out)" " 200 200000.0"
	assert_log resume recovered
}

@test "PHP's curl_multi functions get clean transfers" {
	skip_without php
	php -m | grep -qx curl || skip "php has no curl module here"
	cat >program.php <<-'EOF'
		<?php
		$multi = curl_multi_init();
		foreach (array_slice($argv, 1) as $url) {
			$easy = curl_init($url);
			curl_setopt($easy, CURLOPT_RETURNTRANSFER, true);
			curl_multi_add_handle($multi, $easy);
			$easies[] = $easy;
		}
		do {
			curl_multi_exec($multi, $running);
			if ($running)
				curl_multi_select($multi, 60);
		} while ($running);
		while ($message = curl_multi_info_read($multi))
			echo "result {$message['result']}\n";
		foreach ($easies as $easy)
			echo curl_getinfo($easy, CURLINFO_RESPONSE_CODE), " ", curl_multi_getcontent($easy);
	EOF
	retry php program.php "$(url 503,rst,200 a)" "$(url 200 b)" >out
	assert_file out "result 0
result 0
200 answer 200 /$(key)/a
200 answer 200 /$(key)/b"
	assert_requests 4
}

@test "a response that an HTTP/2 server pushes goes where the program has said" {
	local port pid way
	skip_without_feature HTTP2
	skip_without nghttpd
	mkdir served
	body_of 5000 served/asked
	body_of 70000 served/pushed
	port=$(free_port)
	nghttpd --no-tls -d served -p/asked=/pushed "$port" >/dev/null 2>&1 3>&- &
	pid=$!
	until_answers $pid --http2-prior-knowledge "http://127.0.0.1:$port/asked"
	for way in inherited own denied; do
		"$BUILD/tests/push" "http://127.0.0.1:$port/asked" $way >without
		retry "$BUILD/tests/push" "http://127.0.0.1:$port/asked" $way >with
		assert_files_equal with without
	done
	kill $pid
	# libcurl 7.88 takes none.
	[[ $(curl --version) == *"libcurl/7.88."* ]] || assert_contains "$(cat without)" "push of /pushed"
}

@test "curl -Z: each POST has an idempotency key of its own, the same in each attempt" {
	local i options=()
	for i in {1..6}; do
		options+=(-o "out$i" "$(url 503,rst,200 "$i/x")")
	done
	CURLRETRY_IDEMPOTENCY_KEY=on retry curl -sS -Z -d body "${options[@]}"
	for i in {1..6}; do
		assert_file "out$i" "answer 200 /$(key)/$i/x"
		assert_equal "$(ledger headers.idempotency-key "$(key)/$i" | uniq -c | awk '{ print $1 }')" 3
	done
	assert_equal "$(ledger headers.idempotency-key | sort -u | wc -l)" 6
}
