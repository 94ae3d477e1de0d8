# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What report.bats and page.bats share.

# attempt [KEY=JSON]...: a line of a trace, with these keys changed; null takes one away.
attempt() {
	local pair filter=.
	for pair; do
		filter+=" | .${pair%%=*} = (${pair#*=})"
	done
	jq -nc '{ts: "2026-11-27T08:00:00.000Z", pid: 7, program: "curl", transfer: 1, attempt: 1, method: "GET",
		url: "https://api.example.com/v1/users", status: 200, times_us: {dns: 1000, connect: 2000, tls: 3000,
		send: 100, wait: 20000, receive: 5000, total: 31100}, sent: 0, received: 100, decision: "done"} | '"$filter"' |
		with_entries(select(.value != null))'
}

# generate [OPTION]...: see report/trace.py.
generate() {
	"$PYTHON" -B "$REPO/tests/report/trace.py" "$@"
}
