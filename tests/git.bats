# SPDX-License-Identifier: MIT
#
# The stock git, whose transfers all go through a multi handle, against "git http-backend" behind a server
# that fails first. The n-th request of a URL gets the n-th step of its script: see tests/server/git.py.

load helpers

setup_file() {
	export REPOSITORIES=$BATS_FILE_TMPDIR/repositories SOURCE=$BATS_FILE_TMPDIR/source
	unset "${!GIT_@}"
	export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com
	export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
	mkdir "$REPOSITORIES"
	start_server --git "$REPOSITORIES" --tls --nginx
	make_source
}

teardown_file() {
	stop_server
}

setup() {
	skip_without git
	cd "$BATS_TEST_TMPDIR" || return
}

# Ten commits, 2 MB that do not compress, a tag.
make_source() {
	local commit
	git init -q "$SOURCE"
	cd "$SOURCE" || return
	git symbolic-ref HEAD refs/heads/main
	body_of 2000000 big
	for commit in {1..10}; do
		echo "$commit" >"file$commit"
		git add .
		git commit -q -m "commit $commit"
	done
	git tag -a -m tag v1
	git branch old main~4
}

# A copy of SOURCE to be fetched from.
serve() {
	mkdir -p "$REPOSITORIES/$(key)"
	git clone -q --bare "$SOURCE" "$REPOSITORIES/$(key)/r.git"
}

# serve_empty: a repository to push to, which notes each time that a hook of its runs.
serve_empty() {
	local hook repository
	repository=$REPOSITORIES/$(key)/r.git
	git init -q --bare "$repository"
	for hook in pre-receive post-receive; do
		printf '#!/bin/sh\necho %s >>%s\n' $hook "$BATS_TEST_TMPDIR/hooks" >"$repository/hooks/$hook"
		chmod +x "$repository/hooks/$hook"
	done
}

# at SCRIPT [SCHEME://USER:PASSWORD@HOST:PORT]: the URL of this test's repository.
at() {
	printf '%s/git/%s/%s/r.git' "${2:-http://127.0.0.1:$HTTP_PORT}" "$1" "$(key)"
}

# old_repository: got, with an older main and without what came after it.
old_repository() {
	git init -q got
	git -C got fetch -q "$SOURCE" old:refs/heads/main
}

# assert_whole REPOSITORY [REVISION]: it has all objects, and its main is SOURCE's.
assert_whole() {
	local found
	found=$(git -C "$1" fsck --strict --full 2>&1) || fail "git fsck:" "$found"
	assert_equal "$(git -C "$1" rev-parse refs/heads/main)" "$(git -C "$SOURCE" rev-parse "${2:-main}")" main
}

# posts SERVICE: how the POST requests of that service were answered, joined by commas.
posts() {
	paste -d ' ' <(ledger path) <(ledger answer) | sed -n "s|^[^ ]*/git-$1 ||p" | paste -s -d ,
}

# push SCRIPT [POSTBUFFER]: from SOURCE to this test's repository; what is larger than POSTBUFFER goes through a
# pipe, after a request that tries out the login.
push() {
	retry git -C "$SOURCE" -c http.postBuffer="${2:-10000000}" push -q "$(at "$1")" main
}

# assert_hooks NAME...: these ran, in this order.
assert_hooks() {
	assert_equal "$(cat hooks)" "$(printf '%s\n' "$@")" "hooks that ran"
}

# --- clone, fetch, ls-remote ---

@test "git clone gets past a reset and a 503" {
	serve
	retry git clone -q "$(at rst,503,200)" got
	assert_whole got
	assert_log retry retry recovered
}

@test "git clone's POST is not sent again unless the user says so" {
	serve
	run retry git clone -q "$(at 200,503,200)" got
	assert_status 128
	assert_equal "$(posts upload-pack)" 503
	assert_log not_retried:method
	[ ! -e got ]
}

@test "git clone gets past failures of each of its requests when POST may be sent again" {
	serve
	CURLRETRY_METHODS=+POST retry git clone -q \
		"$(at 503,200~close,503,200~rst=h20,200,503,200~rst=0,200)" got
	assert_whole got
	assert_equal "$(posts upload-pack)" "503,200 rst at 20 of head,200,503,200 rst at 0 of body,200"
	assert_log retry recovered retry retry recovered retry retry recovered
}

@test "git fetch brings what is new, whole, through failures" {
	serve
	old_repository
	CURLRETRY_METHODS=+POST retry git -C got fetch -q "$(at 503,200,rst,503,200,503,503,200)" \
		main:refs/heads/fetched 'refs/tags/*:refs/tags/*'
	assert_whole got old
	assert_equal "$(git -C got rev-parse fetched v1)" "$(git -C "$SOURCE" rev-parse main v1)"
}

@test "git clone by the old protocols" {
	serve
	for version in 0 1; do
		CURLRETRY_METHODS=+POST retry git -c protocol.version=$version clone -q \
			"$(at "503,200,503,200~h=X-V:$version")" got$version
		assert_whole got$version
	done
	assert_equal "$(posts upload-pack)" 503,200,503,200
}

@test "git clone --depth" {
	serve
	CURLRETRY_METHODS=+POST retry git clone -q --depth 3 "$(at 200,503,200,503,200)" got
	git -C got fsck --strict
	assert_equal "$(git -C got rev-list --count main)" 3
}

@test "git ls-remote lists each ref once" {
	serve
	CURLRETRY_METHODS=+POST retry git ls-remote "$(at 503,rst,200,503,200)" >out
	git ls-remote "$REPOSITORIES/$(key)/r.git" >expected
	assert_files_equal out expected
}

@test "git clone with a login, which is asked for between failures" {
	serve
	CURLRETRY_METHODS=+POST retry git clone -q \
		"$(at 503,401~basic,503,200 "http://user:secret@127.0.0.1:$HTTP_PORT")" got
	assert_whole got
	assert_contains "$(ledger answer | paste -s -d ,)" 503,401,503,200
}

@test "a pack that breaks off is git's failure, and leaves the repository as it was" {
	serve
	old_repository
	run retry git clone -q "$(at 200,200,200~cut=-5000,200)" other
	assert_status 128
	assert_contains "$output" "RPC failed; curl 18"
	[ ! -e other ]
	assert_equal "$(posts upload-pack | sed -E 's/[0-9]{6,}/N/')" "200,200 close at N of body"
	assert_log not_retried:method
	CURLRETRY_HOLD=0 CURLRETRY_METHODS=+POST run retry git -C got fetch -q "$(at 200,200,200~cut=30,200)" main
	assert_status 128
	assert_whole got old
}

@test "a pack that breaks off is fetched again where POST may be sent twice and bodies are held" {
	serve
	old_repository
	CURLRETRY_METHODS=+POST CURLRETRY_HOLD=4GiB retry git clone -q "$(at 200,200,200~cut=-5000,200)" other
	git -C other fsck
	assert_log retry recovered
	CURLRETRY_METHODS=+POST CURLRETRY_HOLD=4GiB retry git -C got fetch -q "$(at 200,200,200~cut=30,200)" main
	git -C got fsck
	assert_log retry recovered retry recovered
}

@test "git's HTTP/2 over TLS" {
	serve
	CURLRETRY_METHODS=+POST retry git -c http.version=HTTP/2 -c http.sslCAInfo="$CERT" clone -q \
		"$(at 503,200,503,503,200 "https://127.0.0.1:$NGINXTLS_PORT")" got
	assert_whole got
	assert_equal "$(ledger headers.x-protocol | sort -u)" HTTP/2.0
	assert_equal "$(events | sort | uniq -c | tr -s ' ')" $' 2 recovered\n 3 retry'
}

@test "git's old protocol of many small files, several at once" {
	serve
	local steps=200,503,200,200,200,200~rst=h3,200,200
	steps=$steps,$steps,$steps,$steps,200
	git -C "$REPOSITORIES/$(key)/r.git" update-server-info
	GIT_SMART_HTTP=0 retry git clone -q "$(at "$steps")" got
	assert_whole got
	[ "$(requests)" -gt 25 ]
	assert_equal "$(ledger method | sort -u)" GET
	[ "$(events | grep -c recovered)" -ge 4 ]
}

# --- push ---

@test "git push gets past a failed look at the refs, and is executed once" {
	serve_empty
	push 503,rst,200
	assert_whole "$REPOSITORIES/$(key)/r.git"
	assert_equal "$(posts receive-pack)" 200
	assert_hooks pre-receive post-receive
}

@test "a git push that was executed and not answered is not sent again" {
	serve_empty
	# A connection of its own: an old one that dies unanswered is libcurl's to repeat.
	run push 200~close,200~rst=h0,200
	assert_status 1
	assert_contains "$output" "RPC failed"
	assert_whole "$REPOSITORIES/$(key)/r.git"
	assert_equal "$(posts receive-pack)" "200 rst at 0 of head"
	assert_hooks pre-receive post-receive
	assert_log not_retried:method
}

@test "a git push that was answered 503 is not sent again" {
	serve_empty
	run push 200,503,200
	assert_status 1
	assert_equal "$(posts receive-pack)" 503
	assert_log not_retried:method
}

@test "a git push sent twice, as the user has wished, moves the ref once but runs a hook twice" {
	serve_empty
	CURLRETRY_METHODS=+POST run push 200~close,200~rst=h0,200
	assert_status 1
	assert_contains "$output" "remote rejected"
	assert_whole "$REPOSITORIES/$(key)/r.git"
	assert_equal "$(posts receive-pack)" "200 rst at 0 of head,200"
	assert_hooks pre-receive post-receive pre-receive
}

@test "a git push that comes through a pipe is sent again as far as it is kept" {
	serve_empty
	CURLRETRY_METHODS=+POST CURLRETRY_UPLOAD_BUFFER=1MiB run push 200,200,503,200 65536
	assert_status 1
	assert_equal "$(posts receive-pack)" 200,503
	assert_log not_retried:body
	CURLRETRY_METHODS=+POST CURLRETRY_UPLOAD_BUFFER=4MiB push 200,200,503,503,200 65536
	assert_equal "$(posts receive-pack)" 200,503,200,503,503,200
	assert_whole "$REPOSITORIES/$(key)/r.git"
	assert_hooks pre-receive post-receive
}

# --- nothing fails ---

@test "git is as without us when nothing fails" {
	serve
	local command
	for command in without with; do
		mkdir $command
		(
			set +e
			cd $command || exit
			prefix=()
			[ $command = without ] || prefix=(retry)
			"${prefix[@]}" git clone -v "$(at 200)" got
			"${prefix[@]}" git -C got fetch -v origin
			"${prefix[@]}" git ls-remote "$(at 200)"
			"${prefix[@]}" git ls-remote "$(at 404)"
			"${prefix[@]}" git -C got push -n -v origin main:other
			echo $?
		) >$command/stdout 2>$command/stderr
	done
	assert_files_equal with/stdout without/stdout
	assert_files_equal <(grep -v '^remote: \|^Receiving' with/stderr) <(grep -v '^remote: \|^Receiving' without/stderr)
	assert_log
}
