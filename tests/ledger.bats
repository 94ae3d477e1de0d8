# SPDX-License-Identifier: MIT
#
# The ledger in shared memory, where it takes another user, another namespace or a filter: the rest
# is in tests/unit/unit_ledger.c and unit_pacer.c.

load helpers

setup() {
	[ -z "${EMULATED:-}" ] || skip "what the kernel filters is not what $EMULATED's programs ask for"
	cd "$BATS_TEST_TMPDIR" || return
}

# apart COMMAND...: in an IPC namespace of its own, as root there.
apart() {
	unshare --ipc true 2>/dev/null || skip "no IPC namespaces here"
	unshare --ipc "$@"
}

# ledger MODE...: as the unit test's own modes.
ledger() {
	"$BUILD/tests/unit_ledger" "$@"
}

@test "a system that has no segment left gives no ledger" {
	skip_without_privileges
	run -1 apart sh -c 'echo 0 >/proc/sys/kernel/shmmni && exec "$0" open x' "$BUILD/tests/unit_ledger"
	assert_equal "$output" "No space left on device"
}

@test "each user has a ledger of his own" {
	skip_without setpriv
	skip_without_privileges
	apart sh -c '"$0" open x && setpriv --reuid 65534 "$0" open x && setpriv --reuid 65533 "$0" open x && ipcs -m' \
		"$BUILD/tests/unit_ledger" >out
	assert_equal "$(grep -c opened out)" 3
	assert_equal "$(grep -c ' 600 ' out)" 3
}

@test "a segment that another user has put in the ledger's place is not used" {
	skip_without setpriv
	skip_with_coverage
	skip_without_privileges
	apart sh -c '"$0" squat 65534 x; ipcs -m; setpriv --reuid 65534 "$0" open x' "$BUILD/tests/unit_ledger" >out 2>&1 || true
	# All of its keys are taken, and it is refused.
	assert_equal "$(grep -c ' 666 ' out)" 4
	assert_equal "$(tail -n 1 out)" "Permission denied"
}

@test "who gives root's rights up no longer uses root's ledger" {
	skip_without_privileges
	apart sh -c '"$0" get load get nobody get; ipcs -m' "$BUILD/tests/unit_ledger" >out
	assert_equal "$(grep -c '^got' out)" 2
	assert_equal "$(grep -c ' nobody  *600 ' out)" 1
}

@test "where a filter kills who asks for shared memory, nobody asks" {
	# The filter is there before us, comes after we were loaded, or after the ledger was opened.
	run ledger get kill load get
	[ "$status" -ne 77 ] || skip "no filters here"
	assert_equal "$status $output" "0 Operation not permitted"
	run ledger get load kill get
	assert_equal "$status $output" "0 Operation not permitted"
	run apart "$BUILD/tests/unit_ledger" get load get kill get
	assert_equal "$status $output" "0 got"$'\n'"got"
}

@test "in a container, whose first process has the filter too, the ledger is used where it may be" {
	skip_without_privileges
	unshare --pid --fork --mount-proc true 2>/dev/null || skip "no PID namespaces here"
	ledger get allow load get >out || skip "no filters here"
	# Of a filter that the first process does not have, the worst must be feared.
	assert_equal "$(cat out)" "Operation not permitted"
	apart "$BUILD/tests/unit_ledger" contain allow load get nobody get >out
	assert_equal "$(cat out)" "got"$'\n'"got"
	apart "$BUILD/tests/unit_ledger" contain error load get get >out
	assert_equal "$(cat out)" "Permission denied"$'\n'"none"
	apart "$BUILD/tests/unit_ledger" contain allow load kill get >out
	assert_equal "$(cat out)" "got"
}
