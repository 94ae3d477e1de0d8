# SPDX-License-Identifier: MIT
#
# The parsers on arbitrary bytes: tests/fuzz/fuzz_NAME.c, each with a corpus of its own.

load helpers

# targets: their names.
targets() {
	local file
	for file in "$REPO"/tests/fuzz/fuzz_*.c; do
		file=${file##*/fuzz_}
		echo "${file%.c}"
	done
}

@test "each parser holds what it promises for its corpus, and for what is one bit or one end away" {
	local name
	for name in $(targets); do
		[ -d "$REPO/tests/fuzz/corpus/$name" ] || fail "$name has no corpus"
		run -0 "$BUILD/tests/fuzz_$name" "$REPO/tests/fuzz/corpus/$name"
		assert_contains "${lines[-1]}" inputs
	done
}

# An hour each, by hand: make fuzz FUZZ_TIME=3600.
@test "each parser holds what it promises for what clang's fuzzer makes of it" {
	skip_without clang
	[ -z "${EMULATED:-}" ] || skip "the sanitizers do not run under qemu-user"
	echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return !d && n; }' \
		>"$BATS_TEST_TMPDIR/none.c"
	clang -fsanitize=fuzzer,address,undefined -o "$BATS_TEST_TMPDIR/none" "$BATS_TEST_TMPDIR/none.c" 2>/dev/null ||
		skip "this clang has no libFuzzer"
	run -0 "$REPO/scripts/fuzz" "${FUZZ_TIME:-1}"
	assert_equal "${#lines[@]}" "$(targets | wc -l)"
}
