# SPDX-License-Identifier: MIT
#
# Services under systemd itself, which tests/services/boot starts in namespaces: what its sandboxes do to us.

load helpers

setup_file() {
	start_server
	# A service of nobody's, to see whether systemd can be had here.
	mkdir -p "$BATS_FILE_TMPDIR/first/units" "$BATS_FILE_TMPDIR/first/lib"
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=true\n' \
		>"$BATS_FILE_TMPDIR/first/units/first.service"
	boot "$BATS_FILE_TMPDIR/first" first.service
	[ -s "$BATS_FILE_TMPDIR/first/journal" ] || export NO_SYSTEMD=yes
}

teardown_file() {
	stop_server
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	[ -z "${NO_SYSTEMD:-}" ] || skip "systemd does not run here: $(tail -n 1 "$BATS_FILE_TMPDIR/first/said")"
	mkdir -p units/try.service.d lib
	cp "$BUILD/libcurlretry.so" lib/
}

boot() {
	timeout -k 5 "$PATIENCE" "$REPO/tests/services/boot" "$@" >"$1/said" 2>&1 3>&- || true
}

# serve URL [DIRECTIVE]...: a service that gets it, with the drop-in that --unit prints, has run.
# Its standard output is the file "out", its standard error the journal's.
serve() {
	{
		printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=curl -sS %s\n' "$1"
		printf '%s\n' StandardOutput=truncate:/run/try/out StandardError=journal "${@:2}"
	} >units/try.service
	"$BUILD/curlretry" --unit try | sed "s,$BUILD,/usr/local/lib," >units/try.service.d/curlretry.conf
	printf '[Service]\nEnvironment=CURLRETRY_%s\n' BASE_DELAY=10ms MIN_DELAY=1ms "${settings[@]}" \
		>units/try.service.d/later.conf
	boot . try.service
	[ -s journal ] || fail "$(cat said)"
}

# What the service has said, by whichever way.
said() {
	jq -r 'select(._SYSTEMD_UNIT == "try.service" or .SYSLOG_IDENTIFIER == "curl") | .MESSAGE' journal
}

# All that a service may be forbidden without being another one.
sandbox=(DynamicUser=yes ProtectSystem=strict ProtectHome=yes PrivateTmp=yes PrivateDevices=yes PrivateIPC=yes
	MemoryDenyWriteExecute=yes SystemCallFilter=@system-service SystemCallArchitectures=native NoNewPrivileges=yes
	CapabilityBoundingSet= RestrictNamespaces=yes RestrictRealtime=yes RestrictSUIDSGID=yes LockPersonality=yes
	ProtectKernelTunables=yes ProtectKernelModules=yes ProtectKernelLogs=yes ProtectControlGroups=yes ProtectClock=yes
	ProtectHostname=yes ProtectProc=invisible ProcSubset=pid UMask=0077 'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX')

@test "a service is retried, and its journal has the lines" {
	serve "$(url 503,200)"
	assert_file out "answer 200 /$(key)/x"
	assert_contains "$(said)" "attempt 1 of 5 failed"
	assert_contains "$(said)" "recovered on attempt 2"
}

@test "what the drop-in says to check finds a service that is reached, in all sandboxes" {
	cp "$BUILD/curlretry" lib/
	{
		echo 'until [ -s /run/try/out ]; do sleep 0.01; done'
		"$BUILD/curlretry" --unit try | sed -n 's,^# To check: *,,p; s,^#  *\(journalctl\),\1,p'
	} >check
	serve "$(url 503,200~len=200000~stall=100000)" Type=exec "${sandbox[@]}" \
		'ExecStartPost=+/bin/sh -c "PATH=$PATH:/usr/local/lib; export PATH; . /run/try/check >/run/try/checked 2>&1"'
	assert_contains "$(cat checked)" ": reached: "
	assert_contains "$(cat checked)" "attempt 1 of 5 failed"
}

@test "in all of systemd's sandboxes at once a service is retried by its rules, and its held body is whole" {
	local settings=(HOLD=64MiB LOG_LEVEL=debug CONFIG=/run/try/rules)
	echo 'attempts = 7' >rules
	serve "$(url 503,200~len=5000000~cut=4000000,200~len=5000000)" "${sandbox[@]}"
	cmp out <(body_of 5000000)
	assert_requests 3
	assert_contains "$(said)" "attempt 2 of 7 failed"
	assert_contains "$(said)" "recovered on attempt 3"
	assert_lacks "$(said)" "cannot be held"
}

@test "in all of them the journal gets events with fields" {
	local settings=(LOG=journal)
	serve "$(url 503,200)" "${sandbox[@]}"
	assert_equal "$(jq -r 'select(.CURLRETRY_EVENT) | "\(.CURLRETRY_EVENT) \(.CURLRETRY_STATUS)"' journal)" \
		$'retry 503\nrecovered 200'
}

@test "a service that may not use AF_UNIX logs to standard error, and loses what is for the journal" {
	local settings=(LOG=stderr) only='RestrictAddressFamilies=AF_INET AF_INET6'
	serve "$(url 503,200)" "$only"
	assert_contains "$(said)" "recovered on attempt 2"
	settings=(LOG=journal)
	serve "$(url 503,200 y)" "$only"
	assert_equal "$(said)" ""
	assert_file out "answer 200 /$(key)/y"
}

@test "a log where a service may not write is told on standard error, and written with ReadWritePaths=" {
	local settings=(LOG=/var/log/curlretry) save='ExecStopPost=+cp /var/log/curlretry /run/try/log'
	serve "$(url 503,200)" ProtectSystem=strict "$save"
	assert_contains "$(said)" "cannot open the log /var/log/curlretry"
	assert_contains "$(said)" "recovered on attempt 2"
	[ ! -e log ]
	serve "$(url 503,200 y)" ProtectSystem=strict ReadWritePaths=/var/log "$save"
	assert_contains "$(cat log)" "recovered on attempt 2"
}

@test "a service without a folder of its own streams what it cannot hold, and says so" {
	local settings=(HOLD=64MiB) body=200~len=5000000
	serve "$(url $body~cut=4000000,$body)" ProtectSystem=strict
	assert_requests 1
	assert_contains "$(said)" "the body cannot be held, and streams"
	serve "$(url $body~cut=4000000,$body y)" ProtectSystem=strict PrivateTmp=yes
	cmp out <(body_of 5000000)
}

# The lines of "ipcs -m" that tell of a ledger.
ledgers() {
	awk '$1 ~ /^0x/ && $1 !~ /^0x0+$/' shared-memory
}

@test "services have a ledger, those with PrivateIPC one of their own, and those behind a filter none" {
	local settings=(LOG_LEVEL=debug)
	serve "$(url 503,200)"
	assert_equal "$(ledgers | wc -l)" 1
	serve "$(url 503,200 private)" PrivateIPC=yes
	assert_lacks "$(said)" "no ledger"
	assert_equal "$(ledgers)" ""
	# DynamicUser= brings RestrictSUIDSGID=, which is a filter.
	for directive in DynamicUser=yes SystemCallFilter=@system-service; do
		serve "$(url 503,200 "${directive%=*}")" "$directive"
		assert_contains "$(said)" "there is no ledger here"
		assert_equal "$(ledgers)" ""
	done
}

@test "a service that the shim is hidden from runs as without us, and the journal tells" {
	serve "$(url 503,200)" TemporaryFileSystem=/usr/local
	assert_requests 1
	assert_contains "$(said)" "libcurlretry.so' from LD_PRELOAD cannot be preloaded"
}

@test "a service with ambient capabilities is retried, as one of an ordinary user" {
	serve "$(url 503,200)" User=nobody AmbientCapabilities=CAP_NET_BIND_SERVICE
	assert_contains "$(said)" "recovered on attempt 2"
}
