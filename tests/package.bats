# SPDX-License-Identifier: MIT
#
# What scripts/package builds. On fresh machines it is tried by scripts/test-package.

load helpers

setup_file() {
	local copy missing rpm=
	start_server
	cd "$BATS_FILE_TMPDIR" || return
	missing=$(. "$REPO/scripts/lib.sh" && cd "$REPO" && packages_of build package | missing)
	[ -z "$missing" ] || return 0
	! command -v rpmbuild >/dev/null || rpm=--rpm
	export ROOT=$PWD/root
	# Two folders, one after the other: the packages are to be the same.
	for copy in one other/place; do
		mkdir -p "$copy"
		tar -C "$REPO" -c --exclude=./build --exclude=./.git . | tar -C "$copy" -x
		(umask 077 && SOURCE_DATE_EPOCH=1700000000 TZ=Asia/Tokyo "$copy/scripts/package" $rpm) >/dev/null
	done
	PACKAGE=$(echo "$PWD"/one/build/curlretry_*.deb)
	export PACKAGE
	dpkg-deb -x "$PACKAGE" "$ROOT"
	LIBRARIES=/usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)
	export LIBRARIES
}

teardown_file() { stop_server; }

setup() {
	[ -n "${PACKAGE:-}" ] || skip "some packages of the groups build and package are not installed"
	cd "$BATS_TEST_TMPDIR" || return
}

field() {
	dpkg-deb -f "$PACKAGE" "$1"
}

@test "a package holds launcher, shim, manual pages, completions and examples, and runs no scripts" {
	local file
	for file in usr/bin/curlretry "${LIBRARIES#/}/libcurlretry.so" usr/share/man/man1/curlretry.1.gz \
		usr/share/man/man5/curlretry.conf.5.gz usr/share/man/man7/libcurlretry.7.gz \
		usr/share/bash-completion/completions/curlretry usr/share/zsh/vendor-completions/_curlretry \
		usr/share/fish/vendor_completions.d/curlretry.fish \
		usr/share/doc/curlretry/{copyright,changelog.gz,changelog.Debian.gz,README.md} \
		usr/share/doc/curlretry/examples/{curlretry.conf,NAME.service.d/curlretry.conf}; do
		[ -s "$ROOT/$file" ] || fail "$file is missing"
	done
	assert_equal "$(find "$ROOT" -path '*/usr' -prune -o -mindepth 1 -print)" ""
	dpkg-deb -e "$PACKAGE" control
	assert_equal "$(ls control)" $'control\nmd5sums\ntriggers'
	(cd "$ROOT" && md5sum --quiet -c "$BATS_TEST_TMPDIR/control/md5sums")
	assert_equal "$(find "$ROOT" -type f | wc -l)" "$(wc -l <control/md5sums)"
	assert_equal "$(dpkg-deb -c "$PACKAGE" | awk '{ print $2 }' | sort -u)" root/root
	assert_equal "$(dpkg-deb -c "$PACKAGE" | awk '{ print $1 }' | sort -u)" $'-rw-r--r--\n-rwxr-xr-x\ndrwxr-xr-x\nlrwxrwxrwx'
}

@test "a package says what it is, and which C library it needs" {
	local needed
	assert_equal "$(field Package)" curlretry
	assert_equal "$(field Version)" "$("$ROOT/usr/bin/curlretry" --version | cut -d ' ' -f 2)-0upstream1"
	assert_equal "$(field Architecture)" "$(dpkg --print-architecture)"
	# The youngest of the versions that its symbols have.
	needed=$(objdump -T "$ROOT/usr/bin/curlretry" "$ROOT$LIBRARIES/libcurlretry.so" |
		grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -V | tail -n 1)
	assert_contains "$(field Depends)" "libc6 (>= $needed)"
	assert_contains "$(zcat "$ROOT/usr/share/doc/curlretry/changelog.Debian.gz")" "Tue, 14 Nov 2023"
}

@test "lintian finds nothing to complain of" {
	skip_without lintian
	run -0 lintian --allow-root --fail-on error,warning "$PACKAGE"
	assert_lacks "$output" "W: "
}

@test "the same sources make the same package, wherever and whenever it is built" {
	cmp "$PACKAGE" "$BATS_FILE_TMPDIR"/other/place/build/curlretry_*.deb
	skip_without rpmbuild
	cmp "$BATS_FILE_TMPDIR"/one/build/curlretry-*.rpm "$BATS_FILE_TMPDIR"/other/place/build/curlretry-*.rpm
}

@test "what a package holds retries, wherever it is unpacked" {
	local launcher=$ROOT/usr/bin/curlretry
	run -0 "$launcher" printenv LD_PRELOAD
	assert_equal "$output" "$ROOT/usr/lib/curlretry/\$LIB/libcurlretry.so"
	CURLRETRY_BASE_DELAY=10ms run -0 "$launcher" sh -c 'exec curl -fsS -o out "$1"' sh "$(url 503,200~len=500)"
	assert_contains "$output" "recovered on attempt 2"
	body_of 500 whole
	cmp out whole
	assert_requests 2
}

@test "the examples are good ones" {
	local examples=$ROOT/usr/share/doc/curlretry/examples
	run -0 "$ROOT/usr/bin/curlretry" --config="$examples/curlretry.conf" --show https://api.stripe.com/v1/charges
	assert_contains "$output" "$examples/curlretry.conf:"
	assert_contains "$(<"$examples/NAME.service.d/curlretry.conf")" \
		$'\nEnvironment=LD_PRELOAD=/usr/lib/curlretry/$LIB/libcurlretry.so\n'
	assert_lacks "$(cat "$examples/NAME.service.d/curlretry.conf")" "$BATS_FILE_TMPDIR"
}

# An i386 program that writes "here" and, if it has an argument, waits for its standard input.
small_program() {
	local libc
	libc=$(ldconfig -p | sed -n 's/.*libc\.so\.6 (libc6\(, OS.*\)\?) => //p' | head -n 1)
	[ -e "${libc:-none}" ] || skip "no 32-bit C library is installed"
	cat >small.c <<-'END'
		long read(int, void *, unsigned long);
		int puts(const char *), fflush(void *);
		void _exit(int) __attribute__((noreturn));
		void start(int argc);
		__attribute__((used)) void start(int argc)
		{
			char byte;
			puts("here");
			fflush(0);
			if (argc > 1)
				read(0, &byte, 1);
			_exit(0);
		}
		__asm__(".globl _start\n_start: pushl (%esp)\ncall start\n");
	END
	gcc -m32 -O -fno-pic -fno-stack-protector -nostdlib -no-pie -Wl,-dynamic-linker,/lib/ld-linux.so.2 -o small small.c "$libc"
}

@test "a 32-bit program runs without a word from its dynamic linker, and --check says that it is not reached" {
	local launcher=$ROOT/usr/bin/curlretry pid
	[ "$(uname -m)" = x86_64 ] || skip "not on this machine"
	small_program
	run -0 "$launcher" sh -c ./small
	assert_equal "$output" here
	run --separate-stderr -0 "$launcher" ./small
	assert_equal "$output" here
	# shellcheck disable=SC2154  # bats sets it
	assert_equal "$stderr" "curlretry: $PWD/small: it is built for another architecture: its transfers will not be retried"
	run -1 "$launcher" --check ./small
	assert_contains "$output" "not reached: it is built for another architecture"
	mkfifo to from
	"$launcher" -q ./small wait <to >from 3>&- &
	pid=$!
	exec 7>to 8<from
	read -r -u 8
	assert_equal "$REPLY" here
	run -1 "$launcher" --check "$pid"
	assert_contains "$output" "not reached: it is built for another architecture"
	exec 7>&- 8<&-
	wait "$pid"
}

@test "an RPM holds the same, where its distributions have it" {
	skip_without rpmbuild
	local rpm file
	rpm=$(echo "$BATS_FILE_TMPDIR"/one/build/curlretry-*."$(uname -m)".rpm)
	rpm -qpl "$rpm" >files
	for file in /usr/bin/curlretry /usr/lib64/libcurlretry.so /usr/lib/curlretry/lib{,64}/libcurlretry.so \
		/usr/share/man/man7/libcurlretry.7.gz /usr/share/zsh/site-functions/_curlretry; do
		grep -qx "$file" files || fail "$file is missing"
	done
	assert_lacks "$(cat files)" linux-gnu
	assert_contains "$(rpm -qp --requires "$rpm")" "libc.so.6(GLIBC_"
	assert_lacks "$(rpm -qp --scripts "$rpm")" "scriptlet"
}
