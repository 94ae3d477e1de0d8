#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Files by SFTP that go on where they broke. The server is Python's paramiko: a package of sshd would
# leave a service on the machine.

load helpers

setup_file() {
	skip_without_module paramiko
	curl --version | grep -qw sftp || skip "curl knows no SFTP"
	start_server --sftp
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# get SCRIPT [CURL OPTION]...: into "out". The host's key is not known.
get() {
	retry curl -sS -k -u user:secret "$(url "$1" "$(enc "$1")" "$SFTP_PORT" sftp)" -o out "${@:2}"
}

@test "SFTP: a file that ends too early goes on from there" {
	get 200~len=300000~cut=100000,200~len=300000
	assert_body out 300000
	assert_log resume recovered
}

@test "SFTP: a connection that ends is no transient error unless it is made one" {
	run get 200~len=300000~rst=100000,200~len=300000
	assert_status 79
	rm log
	CURLRETRY_ON_ERROR=+SSH get 200~len=300000~rst=100000,200~len=300000,200~len=300000
	assert_body out 300000
	assert_log resume recovered
}

@test "SFTP: a file that has changed ends the transfer with the original error, and no byte of it is taken" {
	body_of 300000 whole
	head -c 100000 whole >expected
	for next in 200~len=300000~changed 200~len=300001 200~len=200000 200~len=100000 404; do
		run get "200~len=300000~cut=100000,$next"
		assert_status 18
		assert_files_equal out expected
		rm out
	done
}

@test "SFTP: the program's own offset goes on from the sum" {
	body_of 300000 whole
	head -c 50000 whole >out
	get 200~len=300000~cut=100000,200~len=300000 -C -
	assert_files_equal out whole
}
