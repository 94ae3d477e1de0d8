# SPDX-License-Identifier: MIT
#
# The command lines of differential.txt, each with and without curlretry: what curl prints, writes
# and returns is the same. Masked are ports, the run's name, which is in the paths, and how often the
# server was asked, which it tells in its error pages.

load helpers

setup_file() {
	start_server
	export BODY=$BATS_FILE_TMPDIR/body ETAG=$BATS_FILE_TMPDIR/etag
	body_of 50000 "$BODY"
	echo '"b"' >"$ETAG"
	touch "$STEADY"
	run_lines plain
	rm "$STEADY"
}

teardown_file() {
	stop_server
}

# run_lines NAME COMMAND...: runs each line in a folder of its own under NAME, "curl" replaced by COMMAND
# curl; its standard output and error and its status become files there. Names are of one length.
run_lines() {
	local name=$1 line number=0
	local -x S=http://127.0.0.1:$HTTP_PORT/s K
	local command=("${@:2}")
	[ $# -gt 1 ] || command=(command)
	# shellcheck disable=SC2317 # by eval
	curl() { "${command[@]}" curl "$@"; }
	while IFS= read -r line; do
		[[ $line == curl* ]] || continue
		number=$((number + 1))
		K=$name-$number
		mkdir -p "$BATS_FILE_TMPDIR/$name/$number"
		(
			cd "$BATS_FILE_TMPDIR/$name/$number" || exit
			set +e
			eval "$line" >stdout 2>stderr </dev/null
			echo $? >status
		)
	done <"$REPO/tests/differential.txt"
	unset -f curl
	mask "$name"
	[ $number -ge 40 ]
}

# mask NAME: in the run's files, what differs from run to run.
mask() {
	find "$BATS_FILE_TMPDIR/$1" -type f -exec sed -i -E "s/$1-([0-9]+)/K\1/g; s/127\.0\.0\.1:[0-9]+/SERVER/g; s/localhost:[0-9]+/SERVER/g; s/after [0-9]+ ms/after N ms/; s/error page [0-9]+ /error page N /; s/^(X-Page: |x-page: ?).*/\1N\r/; s/\"x-page\":\[\"[0-9]+\"\]/\"x-page\":[N]/" {} +
}

# assert_same NAME: as without us, every file, and which files there are; the lines that differ are said.
assert_same() {
	local number=0 line bad=0
	while IFS= read -r line; do
		[[ $line == curl* ]] || continue
		number=$((number + 1))
		diff -r "$BATS_FILE_TMPDIR/$1/$number" "$BATS_FILE_TMPDIR/plain/$number" >"$BATS_TEST_TMPDIR/diff" && continue
		bad=$((bad + 1))
		printf '%s\n' "$line" >&2
		head -c 2000 "$BATS_TEST_TMPDIR/diff" | cat -v >&2
	done <"$REPO/tests/differential.txt"
	[ $bad -eq 0 ]
}

@test "against a server that does not fail every command line is as without us" {
	touch "$STEADY"
	run_lines retry retry
	rm "$STEADY"
	assert_same retry
	# Nothing had to be retried.
	assert_log
}

@test "against a server that fails first every command line is as against one that does not" {
	run_lines fails retry
	assert_same fails
	assert_lacks "$(events)" not_retried
	# Each line but the last few, which never reach the server, was retried at least once.
	[ "$(events | grep -c recovered)" -ge 60 ]
}

@test "so it is where every body is held until it is whole" {
	CURLRETRY_HOLD=1GiB run_lines holds retry
	assert_same holds
	assert_lacks "$(events)" not_retried
}
