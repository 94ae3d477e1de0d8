#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# Completions in the real shells, and what the launcher prints for services and images.

load helpers

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	PATH=$BUILD:$PATH
}

# in_bash WORD...: what bash offers for the last word.
in_bash() {
	bash --norc -c 'eval "$(curlretry --completion bash)"; compopt() { :; }
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _curlretry; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}

@test "bash: options, their values and commands" {
	assert_equal "$(in_bash curlretry --jit)" --jitter=
	assert_equal "$(in_bash curlretry --jitter = '')" $'decorrelated\nequal\nfull\nnone\nproportional'
	assert_equal "$(in_bash curlretry --jitter=eq)" equal
	assert_equal "$(in_bash curlretry --on-error = co)" connect
	assert_equal "$(in_bash curlretry --report '' | grep -c .)" 0
	touch trace.jsonl
	assert_equal "$(in_bash curlretry --report '')" trace.jsonl
	assert_equal "$(in_bash curlretry --log = tr)" trace.jsonl
	assert_contains "$(in_bash curlretry -n 3 env)" env
	assert_contains "$(in_bash curlretry --check env)" env
	assert_equal "$(in_bash curlretry -- env tra)" trace.jsonl
}

@test "bash: each option that --help tells of is offered" {
	in_bash curlretry -- >/dev/null
	in_bash curlretry --  | tr -d = | sort >offered
	curlretry --help | grep -oE '^  --[a-z-]+' | tr -d ' ' | sort -u >told
	in_bash curlretry --a --b >/dev/null || true
	bash --norc -c 'eval "$(curlretry --completion bash)"; compopt() { :; }; COMP_WORDS=(curlretry -); COMP_CWORD=1; _curlretry; printf "%s\n" "${COMPREPLY[@]}"' |
		tr -d = | sort -u >offered
	assert_equal "$(comm -23 told offered)" ""
}

@test "zsh takes the completions, and offers options" {
	skip_without zsh
	mkdir functions
	curlretry --completion zsh >functions/_curlretry
	cat >ask.zsh <<-'END'
		fpath=($PWD/functions $fpath)
		zmodload zsh/zpty
		zpty shell zsh -f -i
		zpty -w shell "fpath=($PWD/functions \$fpath); autoload -Uz compinit; compinit -u -D; PS1=; unsetopt zle_bracketed_paste; print ready"
		zpty -r shell line '*ready*'
		zpty -w -n shell $'curlretry --jit\t'
		zpty -r -t shell line '*--jitter=*' && print found && exit
		sleep 1; zpty -r shell line '*--jitter=*' && print found
	END
	run timeout "$PATIENCE" zsh -f ask.zsh
	assert_contains "$output" found
}

@test "fish takes the completions, and offers options, values and commands" {
	skip_without fish
	export XDG_DATA_HOME=$PWD
	curlretry --completion fish >curlretry.fish
	assert_contains "$(fish -N -c 'source curlretry.fish; complete -C "curlretry --jit"')" --jitter
	assert_contains "$(fish -N -c 'source curlretry.fish; complete -C "curlretry --jitter="')" decorrelated
	assert_contains "$(fish -N -c 'source curlretry.fish; complete -C "curlretry --mode=on ech"')" echo
}

@test "a shell that is none of these is refused in one line" {
	run -125 curlretry --completion tcsh
	assert_equal "$output" 'curlretry: --completion: bad value "tcsh" (allowed: bash, zsh or fish)'
}

@test "a drop-in names the shim, and a time below the service's own" {
	curlretry --unit my-app@1.service >dropin
	assert_contains "$(cat dropin)" "/etc/systemd/system/my-app@1.service.d/curlretry.conf"
	assert_contains "$(cat dropin)" "Environment=LD_PRELOAD=$BUILD/libcurlretry.so"
	run -125 curlretry --unit 'a b'
	assert_contains "$output" 'bad value "a b"'
}

@test "systemd takes the drop-in" {
	skip_without systemd-analyze
	mkdir -p units/curlretry-test.service.d
	printf '[Service]\nExecStart=/bin/true\n' >units/curlretry-test.service
	curlretry --unit curlretry-test >units/curlretry-test.service.d/curlretry.conf
	SYSTEMD_UNIT_PATH=$PWD/units: run systemd-analyze verify "$PWD/units/curlretry-test.service"
	assert_lacks "$output" curlretry.conf
}

@test "the lines for an image copy the shim and preload it" {
	run -0 curlretry --dockerfile
	assert_contains "$output" "cp $BUILD/libcurlretry.so ."
	assert_equal "$(grep -c '^COPY\|^ENV LD_PRELOAD=' <<<"$output")" 2
}
