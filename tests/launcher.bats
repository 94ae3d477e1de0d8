# SPDX-License-Identifier: MIT
#
# curlretry(1) from outside: its modes, its options, what it refuses, and what COMMAND gets.

# shellcheck disable=SC2016  # single quotes: for the shells that the tests start

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	# What is in force by default is shown here.
	unset CURLRETRY_LEDGER
}

launch() {
	run --separate-stderr "$BUILD/curlretry" "$@"
}

# A COMMAND that leaves a mark.
mark=(touch marker)

# assert_refused [TEXT]...: exit status 125, one line that has these texts, COMMAND not started.
assert_refused() {
	assert_status 125
	assert_equal "$output" ""
	assert_equal "$(wc -l <<<"${stderr:?}")" 1 "lines of: $stderr"
	assert_contains "$stderr" "curlretry: "
	for text in "$@"; do
		assert_contains "$stderr" "$text"
	done
	[ ! -e marker ] || fail "the command was started"
}

# names: of the settings, as --show has them.
names() {
	"$BUILD/curlretry" --show | sed 's/ .*//; s/^CURLRETRY_//'
}

option_of() {
	local name=${1//_/-}
	printf -- '--%s' "${name,,}"
}

# show SETTING [OPTION]...: "value source".
show() {
	"$BUILD/curlretry" "${@:2}" --show | sed -n "s/^CURLRETRY_$1  *//p" | tr -s ' '
}

# shellcheck disable=SC2054  # the commas are the values' own
bad_values=(
	MODE=maybe
	ATTEMPTS=0 ATTEMPTS=101 ATTEMPTS=-1 ATTEMPTS=5x ATTEMPTS=1.5
	BASE_DELAY=soon BASE_DELAY=-1s BASE_DELAY=1d BASE_DELAY='1 s'
	MULTIPLIER=0.5 MULTIPLIER=11 MULTIPLIER=nan
	MAX_DELAY=1e3 MAX_DELAY=11y
	JITTER=some
	MIN_DELAY=0x1 MIN_DELAY=100000h
	MAX_TIME=off
	MAX_RETRY_AFTER=999999999999999999999
	ON_STATUS=99 ON_STATUS=504-502 ON_STATUS=5xy ON_STATUS=600 ON_STATUS=,
	ON_ERROR=WRITE_ERROR ON_ERROR=nonsense
	METHODS='GET,,PUT' METHODS='G ET'
	IDEMPOTENCY_KEY=perhaps
	IDEMPOTENCY_HEADER='a b' IDEMPOTENCY_HEADER=Host
	RESUME=2
	HOLD=1025GiB HOLD=1.5 UPLOAD_BUFFER=2GiB UPLOAD_BUFFER=1MB
	CONNECT_TIMEOUT=x ATTEMPT_TIMEOUT=x STALL_TIMEOUT=x
	LEDGER='a b' LEDGER=a/b BUDGET=1 BUDGET=101 BUDGET=on BUDGET_FLOOR=0 BUDGET_FLOOR=1001 BUDGET_FLOOR=off
	PROGRAMS=a,,b HOSTS=!
	CONFIG=/ LOG=/ LOG=$'a\nb'
	LOG_LEVEL=loud LOG_FORMAT=xml TRACE=/tmp/ TRACE_SECRETS=some
	INJECT=503 INJECT=503@0% INJECT=503@101% INJECT=999@1% INJECT=nonsense@5% INJECT=200@5%
	SEED=x SEED=18446744073709551616
)

@test "each bad value of each setting is refused as an option" {
	for pair in "${bad_values[@]}"; do
		launch "$(option_of "${pair%%=*}")=${pair#*=}" "${mark[@]}"
		assert_refused "allowed: " || fail "in $pair"
	done
}

@test "each bad value of each setting is refused as a variable" {
	for pair in "${bad_values[@]}"; do
		run --separate-stderr env "CURLRETRY_$pair" "$BUILD/curlretry" "${mark[@]}"
		assert_refused "CURLRETRY_${pair%%[=]*}" "allowed: " || fail "in $pair"
	done
}

@test "no setting is without a bad value in this test" {
	for name in $(names); do
		[[ " ${bad_values[*]}" == *" $name="* ]] || fail "$name has none"
	done
}

@test "a bad value is named with its setting and what is allowed" {
	launch --attempts=many "${mark[@]}"
	assert_refused '--attempts' '"many"' 'from 1 to 100'
}

@test "an option's empty value is refused, a variable's counts as unset" {
	for name in $(names); do
		launch "$(option_of "$name")=" "${mark[@]}"
		assert_refused 'bad value ""'
	done
	assert_equal "$(CURLRETRY_ATTEMPTS='' show ATTEMPTS)" "5 default"
}

@test "a bad value in the environment does not matter where an option is given" {
	assert_equal "$(CURLRETRY_ATTEMPTS=x show ATTEMPTS -n 3)" "3 option"
	CURLRETRY_ATTEMPTS=x launch -n 3 "${mark[@]}"
	assert_status 0
	[ -e marker ]
}

@test "--show and --plan refuse a bad policy" {
	for mode in --show --plan; do
		CURLRETRY_JITTER=x launch $mode
		assert_refused CURLRETRY_JITTER
	done
}

@test "--help and --version work with a bad policy" {
	for mode in --help --version; do
		CURLRETRY_JITTER=x launch $mode
		assert_status 0
	done
}

@test "unknown, ambiguous and incomplete options are refused in a line" {
	launch --nonsense "${mark[@]}"
	assert_refused --nonsense
	launch --max=1 "${mark[@]}"
	assert_refused --max
	launch -x "${mark[@]}"
	assert_refused -x
	launch -vx "${mark[@]}"
	assert_refused -x
	launch --show=1
	assert_refused --show
	launch -n
	assert_refused -n
	launch --attempts
	assert_refused --attempts
}

@test "an option may be shortened as far as it is clear" {
	assert_equal "$(show JITTER --jit=equal)" "equal option"
}

@test "no command is refused" {
	launch
	assert_refused --help
	launch -n 3 --
	assert_refused --help
	launch --check
	assert_refused --check
}

@test "the exit status is the command's own" {
	for expected in 0 1 42 125 255; do
		launch sh -c "exit $expected"
		assert_status $expected
		assert_equal "$stderr" ""
	done
}

@test "a command that is not found gives 127" {
	for command in no-such-command-at-all ./neither-here ""; do
		run -127 --separate-stderr "$BUILD/curlretry" "$command"
		assert_contains "$stderr" "curlretry: $command: "
	done
}

@test "a command that cannot be run gives 126" {
	touch file
	launch ./file
	assert_status 126
	assert_contains "$stderr" "curlretry: ./file: "
	launch /
	assert_status 126
}

@test "the launcher becomes the command: it has the launcher's process number" {
	assert_equal "$(sh -c 'echo $$; exec "$0" sh -c "echo \$\$"' "$BUILD/curlretry" | uniq | wc -l)" 1
}

@test "a script without #! is run by the shell, as execvp does" {
	echo 'echo "$1"' >script
	chmod +x script
	launch ./script hello
	assert_status 0
	assert_equal "$output" hello
}

@test "options after the command belong to the command" {
	launch echo -n --attempts=x --help
	assert_status 0
	assert_equal "$output" "--attempts=x --help"
}

@test "-- ends the options" {
	launch -n 3 -- printf '%s\n' -- -v
	assert_status 0
	assert_equal "$output" $'--\n-v'
}

@test "arguments arrive as they are" {
	launch printf '<%s>' '' ' a  b ' $'c\nd' '*' $'\xff'
	assert_equal "$output" $'<>< a  b ><c\nd><*><\xff>'
}

@test "the shim is preloaded by its whole path" {
	launch printenv LD_PRELOAD
	assert_equal "$output" "$(realpath "$BUILD/libcurlretry.so")"
}

@test "an LD_PRELOAD that is set is kept, ours in front and once" {
	local shim other
	shim=$(realpath "$BUILD/libcurlretry.so")
	other=$(ldd /bin/sh | grep -o '/[^ ]*libc\.so[^ ]*')
	# preloaded VALUE: what a command gets.
	preloaded() {
		env LD_PRELOAD="$1" "$BUILD/curlretry" printenv LD_PRELOAD 2>/dev/null
	}
	assert_equal "$(preloaded "$other")" "$shim:$other"
	assert_equal "$(preloaded " $other:$other:")" "$shim:$other:$other"
	assert_equal "$(preloaded "$shim")" "$shim"
	assert_equal "$(preloaded "$other $shim")" "$shim:$other"
	assert_equal "$(preloaded "/elsewhere/libcurlretry.so:$other")" "$shim:$other"
	assert_equal "$(preloaded "$other:/x/notlibcurlretry.so")" "$shim:$other:/x/notlibcurlretry.so"
	launch "$BUILD/curlretry" printenv LD_PRELOAD
	assert_equal "$output" "$shim"
}

@test "the shim is found through a symlink to the launcher" {
	ln -s "$(realpath "$BUILD/curlretry")" link
	mkdir bin
	ln -s ../link bin/curlretry
	run -0 bin/curlretry printenv LD_PRELOAD
	assert_equal "$output" "$(realpath "$BUILD/libcurlretry.so")"
	PATH=$PWD/bin:$PATH run -0 curlretry printenv LD_PRELOAD
	assert_equal "$output" "$(realpath "$BUILD/libcurlretry.so")"
}

@test "the manual page lists the settings that --help lists, each with its default" {
	local option value
	while read -r option value; do
		value=${value//-/\\-}
		grep -A8 -F -e ".BR ${option//-/\\-} \", \" CURLRETRY_" "$BUILD/curlretry.1" >entry || fail "$option is missing"
		[ -z "$value" ] || assert_contains "$(<entry)" "Default: \\fB$value\\fR."
	done < <("$BUILD/curlretry" --help | awk '/^  --[a-z-]+=VALUE/ { sub("=VALUE", ""); option = $1 }
		/^ *default:/ { sub(/^ *default: */, ""); print option, $0 }')
	assert_equal "$(grep -c '^Default: ' "$BUILD/curlretry.1")" "$("$BUILD/curlretry" --help | grep -c '^ *default:')"
	if command -v groff >/dev/null; then
		for page in "$BUILD/curlretry.1" "$REPO"/{launcher/curlretry.conf.5,shim/libcurlretry.7}; do
			assert_equal "$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)" ""
		done
	fi
}

@test "docs/INTERFACE.md has each setting with its default" {
	"$BUILD/curlretry" --show | awk '{ print $1, $2 }' >shown
	sed -n 's/^| `CURLRETRY_\([A-Z_]*\)` | `\([^`]*\)` |.*/\1 \2/p' "$REPO/docs/INTERFACE.md" >documented
	cat shown >&2
	assert_equal "$(sed 's/^CURLRETRY_//' shown)" "$(<documented)"
}

# install_to FOLDER: as PREFIX=/opt/x.
install_to() {
	make -s -C "$REPO" BUILD="$(realpath "$BUILD")" -o all install DESTDIR="$1" PREFIX=/opt/x
}

@test "the shim is found from an install, wherever that is moved to" {
	skip_without make
	install_to "$PWD/dest"
	for file in bin/curlretry lib/libcurlretry.so; do
		[ -f "dest/opt/x/$file" ] || fail "$file is not installed"
	done
	mv dest/opt/x moved
	run -0 moved/bin/curlretry printenv LD_PRELOAD
	assert_equal "$output" "$PWD/moved/lib/curlretry/\$LIB/libcurlretry.so"
	run -0 moved/bin/curlretry --dockerfile
	assert_contains "$output" "cp $PWD/moved/lib/libcurlretry.so ."
	run -0 moved/bin/curlretry -v curl -sS -o out file:///etc/passwd
	assert_contains "$output" "curlretry: GET file:///etc/passwd"
	for folder in lib/curlretry "lib/$(uname -m)-linux-gnu"; do
		mkdir -p "plain/bin" "plain/$folder"
		cp "$BUILD/curlretry" plain/bin
		cp "$BUILD/libcurlretry.so" "plain/$folder"
		run -0 plain/bin/curlretry printenv LD_PRELOAD
		assert_equal "$output" "$PWD/plain/$folder/libcurlretry.so"
		rm -r plain
	done
}

@test "what the shell expanded of the installed path is the shim as well" {
	skip_without make
	install_to "$PWD/dest"
	LD_PRELOAD=$PWD/dest/opt/x/lib/curlretry//libcurlretry.so CURLRETRY_LOG_LEVEL=debug \
		run -0 curl -sS -o out file:///etc/passwd
	assert_contains "$output" "curlretry: GET file:///etc/passwd"
}

@test "make uninstall takes away all that make install has brought" {
	skip_without make
	install_to "$PWD/dest"
	for file in man/man1/curlretry.1 man/man5/curlretry.conf.5 man/man7/libcurlretry.7 \
		bash-completion/completions/curlretry zsh/site-functions/_curlretry \
		fish/vendor_completions.d/curlretry.fish; do
		[ -s "dest/opt/x/share/$file" ] || fail "$file is not installed"
	done
	make -s -C "$REPO" uninstall DESTDIR="$PWD/dest" PREFIX=/opt/x
	assert_equal "$(find dest ! -type d)" ""
}

@test "without its library the launcher refuses to run" {
	cp "$BUILD/curlretry" .
	run --separate-stderr ./curlretry "${mark[@]}"
	assert_refused libcurlretry.so "$PWD"
}

@test "a path that LD_PRELOAD cannot name is refused" {
	for folder in 'a b' a:b; do
		mkdir "$folder"
		cp "$BUILD/curlretry" "$BUILD/libcurlretry.so" "$folder"
		run --separate-stderr "$folder/curlretry" "${mark[@]}"
		assert_refused LD_PRELOAD "$folder"
	done
}

@test "make refuses a folder that LD_PRELOAD cannot name" {
	skip_without make
	for folder in "a folder" a:folder; do
		mkdir "$folder"
		cp "$REPO/Makefile" "$folder"
		run make -C "$folder"
		assert_status 2
		assert_contains "$output" "LD_PRELOAD"
	done
}

@test "options reach the command as variables, and win" {
	CURLRETRY_ATTEMPTS=2 launch -n 3 --attempts=4 --base-delay=250ms env
	assert_contains $'\n'"$output"$'\n' $'\nCURLRETRY_ATTEMPTS=4\n'
	assert_contains $'\n'"$output"$'\n' $'\nCURLRETRY_BASE_DELAY=250ms\n'
	assert_lacks "$output" CURLRETRY_ATTEMPTS=2
	launch -q -v env
	assert_contains "$output" CURLRETRY_LOG=none
	assert_contains "$output" CURLRETRY_LOG_LEVEL=debug
}

@test "what is not given as an option is left as it is" {
	CURLRETRY_JITTER=equal CURLRETRY_LATER_VERSION=1 launch env
	assert_contains "$output" CURLRETRY_JITTER=equal
	assert_contains "$output" CURLRETRY_LATER_VERSION=1
	assert_lacks "$output" CURLRETRY_ATTEMPTS
}

@test "--show has a line for each setting, with its value and source" {
	CURLRETRY_JITTER=equal launch --show -n 7
	assert_status 0
	assert_equal "${#lines[@]}" 33
	assert_equal "$(show MODE)" "on default"
	assert_equal "$(CURLRETRY_JITTER=equal show JITTER)" "equal environment"
	assert_equal "$(show ATTEMPTS -n 7)" "7 option"
	assert_equal "$(CURLRETRY_ATTEMPTS=2 show ATTEMPTS -n 7)" "7 option"
	assert_equal "$(show ON_STATUS --on-status=+418)" "408,418,425,429,500,502-504,522,524 option"
}

@test "the machine's file sets defaults, the environment wins over it, and an option over both" {
	need_mount_namespace
	local text=$'# of this machine\n\nCURLRETRY_ATTEMPTS=7\nCURLRETRY_JITTER=none\nCURLRETRY_MODE=observe'
	CURLRETRY_JITTER=equal run with_policy_file "$text" "$BUILD/curlretry" --mode=on --show
	assert_status 0
	assert_equal "$(grep -v 'default$' <<<"$output" | tr -s ' ')" "CURLRETRY_MODE on option
CURLRETRY_ATTEMPTS 7 file
CURLRETRY_JITTER equal environment"
	run with_policy_file "$text" "$BUILD/curlretry" env
	assert_lacks "$output" CURLRETRY_ATTEMPTS
}

@test "a bad line of the machine's file is refused, and named" {
	need_mount_namespace
	run --separate-stderr with_policy_file $'#\nCURLRETRY_ATTEMPTS=0' "$BUILD/curlretry" "${mark[@]}"
	assert_refused /etc/curlretry.conf:2 CURLRETRY_ATTEMPTS '"0"' "from 1 to 100"
	run --separate-stderr with_policy_file CURLRETRY_ATTEMPT=3 "$BUILD/curlretry" "${mark[@]}"
	assert_refused /etc/curlretry.conf:1 CURLRETRY_ATTEMPT
}

@test "--show is aligned" {
	local columns
	columns=$("$BUILD/curlretry" --show | sed 's/[a-z]*$//' | awk '{ print length }' | sort -u | wc -l)
	assert_equal "$columns" 1
}

@test "what --show prints can be given back" {
	while read -r name value _; do
		launch "$(option_of "${name#CURLRETRY_}")=$value" true
		assert_status 0 || fail "in $name"
	done < <("$BUILD/curlretry" --show)
}

@test "--show runs no command" {
	launch --show "${mark[@]}"
	assert_status 0
	[ ! -e marker ]
}

# plan [OPTION]...: the rows, blanks squeezed.
plan() {
	"$BUILD/curlretry" "$@" --plan | sed -n 's/^ *\([0-9]\)/\1/p' | tr -s ' '
}

@test "--plan has the bounds, the mean and the sum of each jitter" {
	assert_equal "$(plan -n 4)" "1 0.000 0.000 0.000 0.000
2 0.100 0.550 1.000 0.550
3 0.100 1.050 2.000 1.600
4 0.100 2.050 4.000 3.650"
	assert_equal "$(plan -n 3 --jitter=none)" "1 0.000 0.000 0.000 0.000
2 1.000 1.000 1.000 1.000
3 2.000 2.000 2.000 3.000"
	assert_equal "$(plan -n 3 --jitter=equal)" "1 0.000 0.000 0.000 0.000
2 0.500 0.750 1.000 0.750
3 1.000 1.500 2.000 2.250"
	assert_equal "$(plan -n 3 --jitter=proportional)" "1 0.000 0.000 0.000 0.000
2 1.000 1.250 1.500 1.250
3 2.000 2.500 3.000 3.750"
	assert_equal "$(plan -n 3 --jitter=decorrelated)" "1 0.000 0.000 0.000 0.000
2 1.000 2.000 3.000 2.000
3 1.000 3.500 9.000 5.500"
}

@test "--plan obeys the cap and the floor" {
	assert_equal "$(plan -n 3 --jitter=none --max-delay=1500ms | tail -n 1)" "3 1.500 1.500 1.500 2.500"
	assert_equal "$(plan -n 2 --base-delay=10ms | tail -n 1)" "2 0.100 0.100 0.100 0.100"
	assert_equal "$(plan -n 2 --max-delay=10ms | tail -n 1)" "2 0.100 0.100 0.100 0.100"
	assert_equal "$(plan -n 1 | wc -l)" 1
	assert_equal "$(plan -n 100 | wc -l)" 100
}

@test "--plan says which attempts CURLRETRY_MAX_TIME cuts" {
	assert_equal "$(plan -n 4 --jitter=none --max-time=3s | grep -c never)" 2
	assert_equal "$(plan -n 4 --max-time=5s | grep -c 'perhaps not')" 1
	assert_equal "$(plan -n 4 | grep -c MAX_TIME)" 0
}

@test "--plan says that an observed program is not retried" {
	launch --plan --mode=observe
	assert_contains "$output" CURLRETRY_MODE
}

@test "--help names every option, within 90 columns" {
	launch --help
	assert_status 0
	assert_equal "$stderr" ""
	for name in $(names); do
		assert_contains "$output" "$(option_of "$name")="
	done
	for option in -n -q -v --show --plan --check --help --version; do
		assert_contains "$output" " $option"
	done
	for status in 125 126 127; do
		assert_contains "$output" $status
	done
	assert_equal "$(awk 'length > 90' <<<"$output")" ""
}

@test "--version prints it" {
	launch --version
	assert_status 0
	assert_equal "$output" "curlretry $(sed -n 's/^VERSION := //p' "$REPO/Makefile")"
}

@test "what cannot be printed is a failure" {
	for mode in --help --version --show --plan; do
		run --separate-stderr sh -c '"$0" "$1" >/dev/full' "$BUILD/curlretry" $mode
		assert_refused "standard output"
	done
}

@test "a log that cannot be written is refused" {
	launch --log=nowhere/log "${mark[@]}"
	assert_refused CURLRETRY_LOG nowhere/log
	launch --log=. "${mark[@]}"
	assert_refused CURLRETRY_LOG
}

@test "the log is made, and what it has is kept" {
	launch --log=log true
	assert_status 0
	[ -f log ]
	echo before >log
	launch --log=log true
	assert_file log before
}

@test "a log's relative path means the launcher's folder, wherever the command goes" {
	launch --log=log printenv CURLRETRY_LOG
	assert_equal "$output" "$(realpath log)"
	CURLRETRY_LOG=./log launch printenv CURLRETRY_LOG
	assert_equal "$output" "$(realpath log)"
}

@test "a log that nobody reads yet does not keep the launcher waiting" {
	mkfifo fifo
	run --separate-stderr timeout 20 "$BUILD/curlretry" --log=fifo "${mark[@]}"
	assert_refused CURLRETRY_LOG fifo
}

# compile FILE [OPTION]...: a program that says hello.
compile() {
	skip_without cc
	echo 'int puts(const char *); int main(void) { puts("hello"); return 0; }' >"$1.c"
	cc -o "$1" "$1.c" "${@:2}" || skip "cannot compile with ${*:2}"
}

@test "a static command is warned of, and run" {
	compile static -static
	launch ./static
	assert_status 0
	assert_equal "$output" hello
	assert_equal "$stderr" "curlretry: $PWD/static: it is statically linked: its transfers will not be retried"
	for option in -q --mode=off; do
		launch $option ./static
		assert_equal "$stderr" ""
	done
}

@test "a set-user-ID command is warned of, and run" {
	[ "$(id -u)" = 0 ] || skip "not root"
	skip_without_privileges
	compile program
	chown 1 program
	chmod 4755 program
	chmod 755 .
	launch ./program
	assert_status 0
	assert_contains "$stderr" "set-user-ID"
	launch --check ./program
	assert_status 1
	assert_contains "$output" "set-user-ID"
	# Neither another's program without the bit is, nor a script, where the kernel passes over it.
	chmod 755 program
	printf '#!/bin/sh\n' >script
	chown 1 script
	chmod 4755 script
	for command in ./program ./script; do
		launch $command
		assert_equal "$stderr" ""
	done
}

@test "an ordinary command and a script are not warned of" {
	printf '#!/bin/sh\necho hello\n' >script
	chmod 4755 script
	for command in true ./script; do
		launch "$command"
		assert_status 0
		assert_equal "$stderr" ""
	done
}

@test "closed standard descriptors do no harm" {
	run -0 sh -c '"$0" true <&- >&- 2>&-' "$BUILD/curlretry"
	run sh -c '"$0" --nonsense >&- 2>&-' "$BUILD/curlretry"
	assert_status 125
}

@test "the demo is as it should be, whatever the user has set" {
	[ "$BUILD" = "$REPO/build" ] || skip "the demo shows what is in build/"
	cd "$REPO"
	CURLRETRY_ATTEMPTS=0 CURLRETRY_LOG=none http_proxy=http://127.0.0.1:1 run "$PYTHON" -B scripts/demo.py
	assert_status 0
	assert_equal "${lines[-1]}" "demo: all as expected"
}
