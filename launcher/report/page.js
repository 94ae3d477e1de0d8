/* SPDX-License-Identifier: MIT */
/*
 * The page of curlretry --report --as=html. What the trace says becomes text nodes and numbers,
 * never HTML. Times are ms since the first transfer's start, durations us, unless their names say.
 */
"use strict";
(() => {

const ROW = 28;			/* px, as in page.css */
const BUCKETS = 150;
const PHASES = ["dns", "connect", "tls", "send", "wait", "receive"];
const ENDINGS = ["ok", "recovered", "lost", "error", "unfinished"];
const ENDING_WORDS = ["ok", "recovered", "lost", "failed for good", "unfinished"];
const [OK, RECOVERED, LOST] = [0, 1, 2];
const DECISIONS = ["done", "retry", "resume", "recovered", "gave_up", "not_retried"];
const [DONE, RETRY, RESUME, DECIDED_RECOVERED] = [0, 1, 2, 3];
/* Where things are in the arrays that html.c writes. */
const T = { pid: 0, program: 1, number: 2, host: 3, ending: 4, attempts: 5 };
const A = { start: 0, decision: 1, method: 2, url: 3, version: 4, error: 5, remote: 6, local: 7,
	why: 8, injected: 9, number: 10, status: 11, total: 12, sent: 13, received: 14, delay: 15,
	turn: 16, redirects: 17, reused: 18, phase: 19, request: 25, response: 26 };
const TEXTS_OF_ATTEMPT = [A.method, A.url, A.version, A.error, A.remote, A.local, A.why, A.injected];

const data = JSON.parse(document.getElementById("data").textContent);
const texts = data.texts;
const transfers = data.transfers;
const $ = id => document.getElementById(id);

/* --- numbers, as format.c writes them --- */

const count = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const two = n => String(n).padStart(2, "0");
const pair = (n, per, large, small) => `${Math.floor(n / per)} ${large} ${two(n % per)} ${small}`;

function duration(us) {
	const rounded = unit => Math.floor(us / unit) + (us % unit >= unit - Math.floor(unit / 2) ? 1 : 0);

	if (us <= 0)
		return "0 ms";
	if (rounded(100) < 100)
		return `${Math.floor(rounded(100) / 10)}.${rounded(100) % 10} ms`;
	if (rounded(1e3) < 1000)
		return `${rounded(1e3)} ms`;
	if (rounded(1e4) < 6000)
		return `${Math.floor(rounded(1e4) / 100)}.${two(rounded(1e4) % 100)} s`;
	if (rounded(1e6) < 3600)
		return pair(rounded(1e6), 60, "m", "s");
	if (rounded(6e7) < 24 * 60)
		return pair(rounded(6e7), 60, "h", "m");
	return pair(rounded(3.6e9), 24, "d", "h");
}

function size(bytes) {
	const units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
	let unit = 1024, i = 0;

	if (bytes < 1024)
		return `${Math.max(bytes, 0)} B`;
	for (; i + 1 < units.length && bytes / unit >= 1024; i++)
		unit *= 1024;
	return `${Math.floor(bytes / unit)}.${Math.floor(bytes % unit / (unit / 1024) * 10 / 1024)} ${units[i]}`;
}

const moment = ms => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/* --- what is computed once --- */

const origin = transfers.length ? transfers[0][T.attempts][0][A.start] : 0;
const starts = new Float64Array(transfers.length);
const ends = new Float64Array(transfers.length);

const endOf = attempt => attempt[A.start] + attempt[A.total] / 1000 - origin;
const isFollowed = attempt => attempt[A.decision] === RETRY || attempt[A.decision] === RESUME;
const isFailed = attempt => attempt[A.error] > 0 || attempt[A.status] >= 400 ||
	(attempt[A.decision] !== DONE && attempt[A.decision] !== DECIDED_RECOVERED);
const lastOf = transfer => transfer[T.attempts][transfer[T.attempts].length - 1];

transfers.forEach((transfer, i) => {
	starts[i] = transfer[T.attempts][0][A.start] - origin;
	ends[i] = Math.max(starts[i], endOf(lastOf(transfer)));
});
const traceEnd = ends.reduce((most, end) => Math.max(most, end), 0);
const longest = ends.reduce((most, end, i) => Math.max(most, end - starts[i]), 0);

/* "503", or "COULDNT_CONNECT"; of a status that came with an error, the error. */
function resultOf(attempt) {
	const error = texts[attempt[A.error]].replace(/^CURLE_/, "");

	if (error && (error !== "HTTP_RETURNED_ERROR" || attempt[A.status] <= 0))
		return error;
	return attempt[A.status] > 0 ? String(attempt[A.status]) : isFailed(attempt) ? "error" : "ok";
}

/* The errors that have a short name, as config/errors.c groups them. */
const GROUPS = {
	dns: ["COULDNT_RESOLVE_HOST", "COULDNT_RESOLVE_PROXY"],
	connect: ["COULDNT_CONNECT", "SSL_CONNECT_ERROR", "QUIC_CONNECT_ERROR", "PROXY"],
	timeout: ["OPERATION_TIMEDOUT", "FTP_ACCEPT_TIMEOUT"],
	network: ["SEND_ERROR", "RECV_ERROR", "GOT_NOTHING"],
	http2: ["HTTP2", "HTTP2_STREAM", "HTTP3"],
	partial: ["PARTIAL_FILE"],
};

const short = result => Object.keys(GROUPS).find(group => GROUPS[group].includes(result)) || result;

const classOf = result => /^[1-5]\d\d$/.test(result) ? result[0] === "1" ? "2" : result[0] :
	result === "ok" ? "2" : "error";

/* --- the document --- */

function make(tag, className, ...children) {
	const element = document.createElement(tag);

	if (className)
		element.className = className;
	element.append(...children);
	return element;
}

function draw(tag, attributes, ...children) {
	const element = document.createElementNS("http://www.w3.org/2000/svg", tag);

	for (const name in attributes)
		element.setAttribute(name, attributes[name]);
	element.append(...children);
	return element;
}

function legend(list, entries) {
	list.replaceChildren(...entries.map(([className, word]) =>
		make("li", "", make("i", className), word)));
}

/* --- filters --- */

const state = { words: [], host: -1, endings: ENDINGS.map(() => true), order: "start" };
let shown = [];			/* indices of the transfers that pass the filters */

/* For each word, which texts have it. */
function textsWith(words) {
	return words.map(word => {
		const has = new Uint8Array(texts.length);

		for (let i = 1; i < texts.length; i++)
			has[i] = texts[i].toLowerCase().includes(word) ? 1 : 0;
		return has;
	});
}

function attemptHas(attempt, word, has) {
	return TEXTS_OF_ATTEMPT.some(key => has[attempt[key]]) || String(attempt[A.status]) === word ||
		attempt[A.request].some(text => has[text]) || attempt[A.response].some(text => has[text]);
}

function transferHas(transfer, word, has) {
	return has[transfer[T.program]] || has[transfer[T.host]] || String(transfer[T.pid]) === word ||
		transfer[T.attempts].some(attempt => attemptHas(attempt, word, has));
}

/* Those that pass; the outcomes are told apart, since each chip counts what it would show. */
function filter() {
	const found = textsWith(state.words);
	const perEnding = ENDINGS.map(() => 0);

	shown = [];
	transfers.forEach((transfer, i) => {
		if ((state.host >= 0 && transfer[T.host] !== state.host) ||
			!state.words.every((word, n) => transferHas(transfer, word, found[n])))
			return;
		perEnding[transfer[T.ending]]++;
		if (state.endings[transfer[T.ending]])
			shown.push(i);
	});
	if (state.order === "duration")
		shown.sort((a, b) => (ends[b] - starts[b]) - (ends[a] - starts[a]) || a - b);
	else if (state.order === "attempts")
		shown.sort((a, b) => transfers[b][T.attempts].length - transfers[a][T.attempts].length || a - b);
	return perEnding;
}

/* --- totals --- */

function totals() {
	const sum = { ended: ENDINGS.map(() => 0), attempts: 0, waited: 0, turn: 0, sent: 0, received: 0,
		reused: 0, injected: 0 };

	for (const i of shown) {
		sum.ended[transfers[i][T.ending]]++;
		for (const attempt of transfers[i][T.attempts]) {
			sum.attempts++;
			sum.sent += Math.max(attempt[A.sent], 0);
			sum.received += Math.max(attempt[A.received], 0);
			sum.reused += attempt[A.reused] === 1 ? 1 : 0;
			sum.injected += attempt[A.injected] ? 1 : 0;
			if (!isFollowed(attempt))
				continue;
			sum.waited += Math.max(attempt[A.delay], 0);
			sum.turn += Math.max(attempt[A.turn], 0);
		}
	}
	return sum;
}

const percent = (part, whole) => whole ? `${Math.round(1000 * part / whole) / 10} %` : "";

function showTotals() {
	const sum = totals();
	const failed = sum.ended[RECOVERED] + sum.ended[LOST];

	$("n-transfers").textContent = count(shown.length);
	$("note-transfers").textContent = `${percent(sum.ended[OK], shown.length)} ok at once`;
	$("n-attempts").textContent = count(sum.attempts);
	$("note-attempts").textContent = `${count(sum.attempts - shown.length)} after the first${sum.injected ?
		`, ${count(sum.injected)} with a fault on purpose` : ""}`;
	$("n-recovered").textContent = count(sum.ended[RECOVERED]);
	$("note-recovered").textContent = failed ? `${percent(sum.ended[RECOVERED], failed)} of those that failed` : "none failed";
	$("n-lost").textContent = count(sum.ended[LOST]);
	$("note-lost").textContent = percent(sum.ended[LOST], shown.length);
	$("n-waited").textContent = duration(sum.waited * 1000);
	$("note-waited").textContent = sum.turn ? `${duration(sum.turn * 1000)} of it for a turn` : "between attempts";
	$("n-received").textContent = size(sum.received);
	$("note-received").textContent = `${size(sum.sent)} sent`;
	$("shown").textContent = `${count(shown.length)} of ${count(transfers.length)} transfers`;
}

/* --- attempts by host and status --- */

function resultsByHost() {
	const hosts = new Map();

	for (const i of shown) {
		const host = transfers[i][T.host];
		const of = hosts.get(host) || { host, attempts: 0, failed: 0, results: new Map() };

		hosts.set(host, of);
		for (const attempt of transfers[i][T.attempts]) {
			const result = resultOf(attempt);

			of.attempts++;
			of.failed += isFailed(attempt) ? 1 : 0;
			of.results.set(result, (of.results.get(result) || 0) + 1);
		}
	}
	return [...hosts.values()].sort((a, b) => b.attempts - a.attempts);
}

const CLASSES = ["2", "3", "4", "5", "error"];

function hostBar(of, most) {
	const bar = make("span", "bar");
	const results = [...of.results].sort((a, b) =>
		CLASSES.indexOf(classOf(a[0])) - CLASSES.indexOf(classOf(b[0])) || b[1] - a[1]);

	bar.style.width = `${100 * of.attempts / most}%`;
	for (const [result, number] of results) {
		const part = make("i", `c-${classOf(result)}`);

		part.style.flexGrow = number;
		part.classList.toggle("other", bar.childElementCount % 2 === 1);
		part.title = `${result}: ${count(number)} attempts`;
		bar.append(part);
	}
	return [bar, results.map(([result, number]) => `${result}: ${count(number)}`).join(", ")];
}

function hostRow(of, most) {
	const name = texts[of.host] || "no host";
	const [bar, said] = hostBar(of, most);
	const row = make("button", "host", make("span", "name", name), bar,
		make("span", "count", `${count(of.attempts)}, ${count(of.failed)} failed`));

	row.type = "button";
	row.title = `${name}: ${said}`;
	row.setAttribute("aria-label", `${name}: ${said}`);
	row.setAttribute("aria-pressed", String(state.host === of.host));
	row.addEventListener("click", () => {
		$("host").value = String(state.host === of.host ? -1 : of.host);
		$("host").dispatchEvent(new Event("change"));
	});
	return row;
}

function showHosts() {
	const hosts = resultsByHost();
	const most = hosts.length ? hosts[0].attempts : 1;

	$("hosts").replaceChildren(...hosts.slice(0, 200).map(of => hostRow(of, most)));
	if (!hosts.length)
		$("hosts").append(make("p", "empty", "No attempts."));
	else if (hosts.length > 200)
		$("hosts").append(make("p", "empty", `and ${count(hosts.length - 200)} others`));
}

/* --- delays drawn, beside the policy's range --- */

/* Of each attempt that was followed by another, by its place in the transfer. */
function delaysByAttempt() {
	const delays = [];

	for (const i of shown) {
		for (const attempt of transfers[i][T.attempts]) {
			if (!isFollowed(attempt) || attempt[A.delay] < 0)
				continue;
			const place = Math.max(attempt[A.number], 1);

			(delays[place] = delays[place] || []).push(attempt[A.delay]);
		}
	}
	return delays;
}

function histogram(delays, most, bins) {
	const counts = new Array(bins + 1).fill(0);

	for (const delay of delays)
		counts[delay > most ? bins : Math.min(Math.floor(delay / most * bins), bins - 1)]++;
	return counts;
}

/* The range, its mean, and a bar for each bin; the last one is for all that is longer. */
function delayChart(delays, range) {
	const [width, height, bins, beyond] = [400, 28, 36, 16];
	const most = range ? range[2] * 1.15 : delays.reduce((a, b) => Math.max(a, b), 1);
	const counts = histogram(delays, most, bins);
	const highest = Math.max(...counts, 1);
	const at = ms => ms / most * (width - beyond);
	const svg = draw("svg", { viewBox: `0 0 ${width} ${height + 1}`, preserveAspectRatio: "none", "aria-hidden": "true" });

	if (range)
		svg.append(draw("rect", { class: "range", x: at(range[0]), y: 0,
			width: Math.max(at(range[2]) - at(range[0]), 1), height }));
	counts.forEach((number, bin) => {
		const tall = number ? Math.max(number / highest * (height - 3), 1.5) : 0;

		svg.append(draw("rect", { class: bin === bins ? "bin beyond" : "bin", y: height - tall, height: tall,
			x: bin === bins ? width - beyond + 4 : bin * (width - beyond) / bins + 0.5,
			width: bin === bins ? beyond - 6 : (width - beyond) / bins - 1 }));
	});
	svg.append(draw("line", { class: "base", x1: 0, x2: width, y1: height, y2: height }));
	if (range)
		svg.append(draw("line", { class: "mean", x1: at(range[1]), x2: at(range[1]), y1: 0, y2: height }));
	return svg;
}

function delayRow(place, delays, range) {
	const sorted = Float64Array.from(delays).sort();
	const middle = duration(sorted[sorted.length >> 1] * 1000);
	const limits = range ? `${duration(range[0] * 1000)} – ${duration(range[2] * 1000)}` : "";
	const row = make("div", "delay", make("span", "", `after attempt ${place}`, make("small", "", limits)),
		delayChart(delays, range), make("span", "", `${count(delays.length)}, median ${middle}`));

	row.setAttribute("role", "img");
	row.setAttribute("aria-label", `After attempt ${place}: ${count(delays.length)} delays, median ${middle}` +
		(range ? `; the policy draws ${limits}` : ""));
	row.title = range ? `the policy draws ${limits}, on average ${duration(range[1] * 1000)}` : "";
	return row;
}

function showDelays() {
	const rows = [];

	delaysByAttempt().forEach((delays, place) =>
		rows.push(delayRow(place, delays, data.delays && data.delays[place - 1])));
	$("delays").replaceChildren(...rows);
	if (!rows.length)
		$("delays").append(make("p", "empty", "Nothing was sent again."));
	$("range-legend").hidden = !data.delays;
}

/* --- the waterfall's window of time --- */

const view = { byStart: false, from: 0, to: Math.max(traceEnd, 0.001) };
let rows = [];			/* indices of the transfers in the list: shown, and in the window */
let chosen = -1;		/* of a transfer */

const full = () => Math.max(view.byStart ? longest : traceEnd, 0.001);
const leftOf = i => view.byStart ? starts[i] : 0;

function setView(from, to) {
	const least = Math.min(0.05, full());
	const span = Math.min(Math.max(to - from, least), full());

	view.from = Math.min(Math.max(from, 0), full() - span);
	view.to = view.from + span;
	showWaterfall();
}

function zoom(factor, center = view.byStart ? view.from : (view.from + view.to) / 2) {
	setView(center - (center - view.from) * factor, center + (view.to - center) * factor);
}

const pan = share => setView(view.from + share * (view.to - view.from), view.to + share * (view.to - view.from));

function listRows() {
	rows = view.byStart ? shown : shown.filter(i => ends[i] >= view.from && starts[i] <= view.to);
}

/* --- overview: retries over time --- */

function buckets() {
	const counts = Array.from({ length: BUCKETS }, () => [0, 0, 0]);

	for (const i of shown) {
		transfers[i][T.attempts].forEach((attempt, n) => {
			const share = (attempt[A.start] - origin) / Math.max(traceEnd, 0.001);
			const bucket = Math.min(Math.max(Math.floor(share * BUCKETS), 0), BUCKETS - 1);
			const isLost = transfers[i][T.ending] === LOST && attempt === lastOf(transfers[i]);

			counts[bucket][isLost ? 2 : n ? 1 : 0]++;
		});
	}
	return counts;
}

const overview = $("overview");
const chartHeight = 56;

function showOverview() {
	const width = overview.clientWidth || 1000;
	const counts = buckets();
	const highest = counts.reduce((most, of) => Math.max(most, of[0] + of[1] + of[2]), 1);
	const step = width / BUCKETS;

	overview.replaceChildren();
	counts.forEach((of, i) => {
		let y = chartHeight;

		["first", "retry", "lost"].forEach((kind, n) => {
			const tall = of[n] / highest * (chartHeight - 4);

			y -= tall;
			if (of[n])
				overview.append(draw("rect", { class: kind, x: i * step + 0.5, y, height: tall,
					width: Math.max(step - 1, 1) }));
		});
	});
	overview.append(draw("line", { class: "base", x1: 0, x2: width, y1: chartHeight, y2: chartHeight }));
	for (const tick of ticks(0, traceEnd * (1 - 70 / width), width / 110, true))
		overview.append(draw("text", { x: tick / Math.max(traceEnd, 0.001) * width + 2, y: chartHeight + 14 },
			clock(tick, traceEnd)));
	overview.append(draw("g", { id: "window" }));
	overview.setAttribute("aria-label", `Retries over time: at most ${count(highest)} attempts in ` +
		duration(traceEnd / BUCKETS * 1000));
	showWindow();
}

function showWindow() {
	const width = overview.clientWidth || 1000;
	const at = ms => ms / Math.max(traceEnd, 0.001) * width;
	const box = $("window");

	if (!box)
		return;
	box.replaceChildren();
	if (view.byStart || (view.from <= 0 && view.to >= full()))
		return;
	box.append(draw("rect", { class: "window", x: at(view.from), y: 0, height: chartHeight,
		width: Math.max(at(view.to) - at(view.from), 1) }));
	for (const x of [at(view.from), at(view.to)])
		box.append(draw("line", { class: "edge", x1: x, x2: x, y1: 0, y2: chartHeight }));
}

/* Calls DONE with the two times between which the pointer was dragged over ELEMENT. */
function onDrag(element, timeAt, done) {
	element.addEventListener("pointerdown", event => {
		const first = timeAt(event.clientX);

		element.setPointerCapture(event.pointerId);
		const move = moved => {
			const last = timeAt(moved.clientX);

			if (Math.abs(moved.clientX - event.clientX) > 3)
				done(Math.min(first, last), Math.max(first, last), moved.type === "pointerup");
		};
		element.addEventListener("pointermove", move);
		element.addEventListener("pointerup", up => {
			move(up);
			element.removeEventListener("pointermove", move);
		}, { once: true });
	});
}

/* --- ruler --- */

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5,
	18e5, 36e5, 72e5, 216e5, 432e5, 864e5];

/* Round moments from FROM to TO; of the day, or else counted from a start. */
function ticks(from, to, most, isClock) {
	const step = STEPS.find(s => (to - from) / s <= most) || (to - from) / Math.max(most, 1);
	const offset = isClock ? origin % step : 0;
	const list = [];

	for (let at = Math.ceil((from + offset) / step) * step - offset; at <= to && list.length < 50; at += step)
		list.push(at);
	return list;
}

/* The time of day; with its ms where a span is short. */
const clock = (at, span) => new Date(origin + at).toISOString().slice(11, span < 8000 ? 23 : 19);

function showRuler() {
	const span = view.to - view.from;
	const box = make("div", "ticks");

	const list = ticks(view.from, view.to, Math.max(($("grid").clientWidth || 1000) * 0.5 / 110, 2), !view.byStart);

	if (!list.length || list[0] - view.from > span * 0.1)
		list.unshift(view.from);
	for (const at of list) {
		const tick = make("span", "", view.byStart ? duration(at * 1000) : clock(at, span));

		tick.style.left = `${100 * (at - view.from) / span}%`;
		if (at - view.from < span * 0.9)
			box.append(tick);
	}
	$("ruler").replaceChildren(make("span", "", "Result"), make("span", "", "Request"),
		make("span", "", "Tries"), make("span", "", "Took"), box);
	onDrag(box, x => {
		const place = box.getBoundingClientRect();

		return view.from + (x - place.left) / place.width * span;
	}, (from, to, isDone) => isDone && setView(from, to));
}

/* --- rows --- */

/* Calls PART with the class and the two ends of all that a transfer did. */
function eachPart(transfer, part) {
	let before = -1;

	for (const attempt of transfer[T.attempts]) {
		const start = attempt[A.start] - origin;
		const end = endOf(attempt);
		let at = start;
		const known = PHASES.reduce((sum, name, n) => sum + Math.max(attempt[A.phase + n], 0), 0);

		if (before >= 0 && start > before)
			part("backoff", before, start);
		if (attempt[A.total] > known)
			part("queue", at, at += (attempt[A.total] - known) / 1000);
		PHASES.forEach((name, n) => {
			if (attempt[A.phase + n] > 0)
				part(name, at, at += attempt[A.phase + n] / 1000);
		});
		if (isFailed(attempt))
			part("failed", end, end);
		before = end;
	}
}

/* The parts between FROM and TO, as what a lane of that many px shows of them. */
function fill(lane, transfer, from, to, px) {
	const span = to - from;

	eachPart(transfer, (name, start, end) => {
		if (end < from || start > to || (name !== "failed" && (end - start) / span * px < 0.25))
			return;
		const item = make("i", name);

		item.style.left = `max(${name === "failed" ? 3 : 0}px, ${100 * (Math.max(start, from) - from) / span}%)`;
		if (name !== "failed")
			item.style.width = `${100 * (Math.min(end, to) - Math.max(start, from)) / span}%`;
		lane.append(item);
	});
}

/* Where it is too long, the host is cut first, and the path's last part at last. */
function what(transfer) {
	const attempt = transfer[T.attempts][0];
	const url = texts[attempt[A.url]].replace(/^[a-z0-9+.-]*:\/\//i, "");
	const host = texts[transfer[T.host]];
	const path = host && url.toLowerCase().startsWith(host) ? host.length : 0;
	const tail = Math.max(url.lastIndexOf("/"), path);

	return make("span", "what", make("b", "", texts[attempt[A.method]]), make("span", "host-part", url.slice(0, path)),
		make("span", "path-part", url.slice(path, tail)), make("span", "tail-part", url.slice(tail)));
}

function row(index, place, px) {
	const transfer = transfers[index];
	const ending = transfer[T.ending];
	const tries = transfer[T.attempts].length;
	const lane = make("span", "bar");
	const result = resultOf(lastOf(transfer));
	const element = make("div", "row",
		make("span", `result o-${ENDINGS[ending]}`, make("span", "", short(result))), what(transfer),
		make("span", "number", tries > 1 ? `${tries} ×` : ""),
		make("span", "number", duration(Math.round((ends[index] - starts[index]) * 1000))), lane);

	fill(lane, transfer, view.from + leftOf(index), view.to + leftOf(index), px);
	element.id = `row-${place}`;
	element.style.top = `${place * ROW}px`;
	element.setAttribute("role", "row");
	element.setAttribute("aria-rowindex", String(place + 1));
	element.setAttribute("aria-selected", String(index === chosen));
	for (const cell of element.children)
		cell.setAttribute("role", "gridcell");
	element.title = `${texts[transfer[T.attempts][0][A.method]]} ${texts[transfer[T.attempts][0][A.url]]}\n` +
		`${ENDING_WORDS[ending]}: ${transfer[T.attempts].map(resultOf).join(", ")}`;
	element.addEventListener("click", () => choose(place, true));
	return element;
}

/* Only what can be seen is in the document. */
function showRows() {
	const grid = $("grid");
	const first = Math.max(Math.floor(grid.scrollTop / ROW) - 4, 0);
	const last = Math.min(first + Math.ceil(grid.clientHeight / ROW) + 8, rows.length);
	const px = grid.clientWidth * 0.5;
	const list = [];

	for (let place = first; place < last; place++)
		list.push(row(rows[place], place, px));
	$("spacer").replaceChildren(...list);
	if (!rows.length)
		$("spacer").append(make("p", "empty", "No transfer passes the filters."));
	const place = rows.indexOf(chosen);

	if (place >= first && place < last)
		grid.setAttribute("aria-activedescendant", `row-${place}`);
	else
		grid.removeAttribute("aria-activedescendant");
}

function showWaterfall() {
	listRows();
	$("spacer").style.height = `${Math.max(rows.length * ROW, 1)}px`;
	$("grid").setAttribute("aria-rowcount", String(rows.length));
	showRuler();
	showRows();
	showWindow();
}

function choose(place, isOpen) {
	const grid = $("grid");

	if (!rows.length)
		return;
	place = Math.min(Math.max(place, 0), rows.length - 1);
	chosen = rows[place];
	if (place * ROW < grid.scrollTop)
		grid.scrollTop = place * ROW;
	else if ((place + 1) * ROW > grid.scrollTop + grid.clientHeight)
		grid.scrollTop = (place + 1) * ROW - grid.clientHeight;
	showRows();
	if (isOpen || !$("details").hidden)
		showDetails();
}

/* --- one transfer in full --- */

function facts(pairs) {
	const list = make("dl", "facts");

	for (const [name, value] of pairs) {
		if (value !== "" && value !== undefined)
			list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
	}
	return list;
}

const known = (number, format) => number >= 0 ? format(number) : "";

/* Instead of a name, where the value is a whole line. */
const LINES = [":request", ":status", ":command", ":reply"];

function headers(title, list) {
	const table = make("table", "headers");

	for (let i = 0; i < list.length; i += 2) {
		const [name, value] = [texts[list[i]], texts[list[i + 1]]];

		if (LINES.includes(name)) {
			const cell = make("td", "", value);

			cell.colSpan = 2;
			table.append(make("tr", "line", cell));
		} else {
			const head = make("th", "", name);

			head.scope = "row";
			table.append(make("tr", "", head, make("td", "", value)));
		}
	}
	return list.length ? [make("h4", "", title), table] : [];
}

function statusLine(attempt) {
	let reason = "";

	for (let i = 0; i < attempt[A.response].length; i += 2) {
		if (texts[attempt[A.response][i]] === ":status")
			reason = texts[attempt[A.response][i + 1]].split(" ").slice(2).join(" ");
	}
	return `${resultOf(attempt)}${reason && attempt[A.status] > 0 && !attempt[A.error] ? ` ${reason}` : ""}`;
}

function decision(attempt) {
	const why = texts[attempt[A.why]];
	const word = DECISIONS[attempt[A.decision]].replace("_", " ");
	const wait = isFollowed(attempt) && attempt[A.delay] >= 0 ? ` after ${duration(attempt[A.delay] * 1000)}` : "";
	const turn = attempt[A.turn] > 0 ? `, ${duration(attempt[A.turn] * 1000)} of it for a turn` : "";

	return `${word}${wait}${turn}${why ? `: ${why}` : ""}`;
}

function describe(transfer, attempt, place) {
	const section = make("section", "");
	const times = PHASES.map((name, n) => [name, known(attempt[A.phase + n], duration)]);
	const lane = make("div", "lane");
	const alone = transfer.slice();

	alone[T.attempts] = [attempt];
	fill(lane, alone, attempt[A.start] - origin, Math.max(endOf(attempt), attempt[A.start] - origin + 0.001), 580);
	section.append(make("h3", "", `Attempt ${place + 1}: ${statusLine(attempt)}`,
		make("small", "", decision(attempt))), lane,
	facts([["started", `${clock(attempt[A.start] - origin, 0)} UTC`], ["total", duration(attempt[A.total])], ...times,
		["HTTP", texts[attempt[A.version]]], ["remote", texts[attempt[A.remote]]],
		["local", texts[attempt[A.local]]],
		["connection", attempt[A.reused] < 0 ? "" : attempt[A.reused] ? "from before" : "new"],
		["sent", known(attempt[A.sent], size)], ["received", known(attempt[A.received], size)],
		["redirects", attempt[A.redirects] > 0 ? count(attempt[A.redirects]) : ""],
		["error", texts[attempt[A.error]]], ["fault on purpose", texts[attempt[A.injected]]]]),
	...headers("Request headers", attempt[A.request]), ...headers("Response headers", attempt[A.response]));
	return section;
}

function showDetails() {
	const box = $("details");
	const transfer = transfers[chosen];
	const first = transfer[T.attempts][0];
	const title = make("h2", "", `${texts[first[A.method]]} ${texts[first[A.url]]}`);
	const close = make("button", "", "Close");
	const lane = make("div", "lane");
	const waited = transfer[T.attempts].reduce((sum, attempt) =>
		sum + (isFollowed(attempt) ? Math.max(attempt[A.delay], 0) : 0), 0);

	title.id = "details-title";
	close.type = "button";
	close.addEventListener("click", hideDetails);
	fill(lane, transfer, starts[chosen], Math.max(ends[chosen], starts[chosen] + 0.001), 580);
	box.replaceChildren(make("header", "", title, close), lane,
		facts([["outcome", make("span", `pill o-${ENDINGS[transfer[T.ending]]}`, ENDING_WORDS[transfer[T.ending]])],
			["program", `${texts[transfer[T.program]]} (${transfer[T.pid]})`],
			["transfer", count(transfer[T.number])], ["attempts", count(transfer[T.attempts].length)],
			["took", duration(Math.round((ends[chosen] - starts[chosen]) * 1000))], ["waited", duration(waited * 1000)]]),
		...transfer[T.attempts].map((attempt, place) => describe(transfer, attempt, place)));
	box.hidden = false;
	box.scrollTop = 0;
}

function hideDetails() {
	$("details").hidden = true;
	$("grid").focus({ preventScroll: true });
}

/* --- what the user does --- */

function showAll() {
	const perEnding = filter();

	$("outcomes").querySelectorAll("b").forEach((number, i) => {
		number.textContent = count(perEnding[i]);
	});
	showTotals();
	showHosts();
	showDelays();
	showOverview();
	showWaterfall();
}

function makeChips() {
	ENDINGS.forEach((name, i) => {
		const chip = make("button", "", make("i", `o-${name}`), `${ENDING_WORDS[i]} `, make("b", ""));

		chip.type = "button";
		chip.dataset.ending = name;
		chip.setAttribute("aria-pressed", "true");
		chip.hidden = !transfers.some(transfer => transfer[T.ending] === i);
		chip.addEventListener("click", () => {
			state.endings[i] = !state.endings[i];
			chip.setAttribute("aria-pressed", String(state.endings[i]));
			showAll();
		});
		$("outcomes").append(chip);
	});
}

function makeHosts() {
	const list = [...new Set(transfers.map(transfer => transfer[T.host]))];
	const add = (value, word) => {
		const option = make("option", "", word);

		option.value = String(value);
		$("host").append(option);
	};

	add(-1, "All hosts");
	list.sort((a, b) => texts[a] < texts[b] ? -1 : 1).forEach(host => add(host, texts[host] || "no host"));
}

function setScale(byStart) {
	view.byStart = byStart;
	$("by-clock").setAttribute("aria-pressed", String(!byStart));
	$("by-start").setAttribute("aria-pressed", String(byStart));
	setView(0, full());
}

const KEYS = {
	ArrowDown: place => choose(place + 1), ArrowUp: place => choose(place - 1),
	PageDown: place => choose(place + 15), PageUp: place => choose(place - 15),
	Home: () => choose(0), End: () => choose(rows.length - 1),
	Enter: place => choose(place, true), " ": place => choose(place, true),
	"+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => setView(0, full()),
};

function onKey(event) {
	const key = event.shiftKey && event.key === "ArrowLeft" ? () => pan(-0.2) :
		event.shiftKey && event.key === "ArrowRight" ? () => pan(0.2) : KEYS[event.key];

	if (!key || event.ctrlKey || event.metaKey || event.altKey)
		return;
	event.preventDefault();
	key(rows.indexOf(chosen));
}

function onWheel(event) {
	const lane = $("ruler").lastElementChild.getBoundingClientRect();

	if (event.ctrlKey || event.metaKey) {
		const share = Math.min(Math.max((event.clientX - lane.left) / lane.width, 0), 1);

		event.preventDefault();
		zoom(event.deltaY > 0 ? 1.25 : 0.8, view.from + share * (view.to - view.from));
	} else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
		event.preventDefault();
		pan((event.deltaX || event.deltaY) / lane.width);
	}
}

let pending = 0;

/* While somebody types, what is shown follows when the browser has time. */
function soon(action) {
	clearTimeout(pending);
	pending = setTimeout(action, 80);
}

function listen() {
	$("search").addEventListener("input", () => {
		state.words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
		soon(showAll);
	});
	$("host").addEventListener("change", () => {
		state.host = Number($("host").value);
		showAll();
	});
	$("order").addEventListener("change", () => {
		state.order = $("order").value;
		$("grid").scrollTop = 0;
		filter();
		showWaterfall();
	});
	document.querySelector(".filters").addEventListener("submit", event => event.preventDefault());
	document.querySelector(".filters").addEventListener("reset", () => {
		Object.assign(state, { words: [], host: -1, endings: ENDINGS.map(() => true), order: "start" });
		$("outcomes").querySelectorAll("button").forEach(chip => chip.setAttribute("aria-pressed", "true"));
		setView(0, full());
		soon(showAll);
	});
	$("by-clock").addEventListener("click", () => setScale(false));
	$("by-start").addEventListener("click", () => setScale(true));
	$("zoom-in").addEventListener("click", () => zoom(0.5));
	$("zoom-out").addEventListener("click", () => zoom(2));
	$("zoom-all").addEventListener("click", () => setView(0, full()));
	$("grid").addEventListener("keydown", onKey);
	$("grid").addEventListener("wheel", onWheel, { passive: false });
	$("grid").addEventListener("scroll", () => requestAnimationFrame(showRows), { passive: true });
	document.addEventListener("keydown", event => event.key === "Escape" && !$("details").hidden && hideDetails());
	window.addEventListener("resize", () => soon(() => {
		showOverview();
		showWaterfall();
	}));
	onDrag(overview, x => {
		const place = overview.getBoundingClientRect();

		return (x - place.left) / place.width * traceEnd;
	}, (from, to) => {
		if (view.byStart)
			setScale(false);
		setView(from, to);
	});
	overview.addEventListener("dblclick", () => setView(0, full()));
}

function showFrame() {
	const skipped = data.garbage + data.foreign + data.cut;
	const parts = [[data.garbage, "no JSON"], [data.foreign, "of another version"], [data.cut, "cut off at the end"]];

	document.title = `${data.name}: curlretry report`;
	$("origin").textContent = data.name + (transfers.length ? ` · ${moment(origin)} to ` +
		`${moment(origin + traceEnd)} UTC, ${duration(Math.round(traceEnd * 1000))}` : "");
	$("skipped").hidden = !skipped;
	$("skipped").textContent = `${count(skipped)} of ${count(data.lines)} lines skipped: ` +
		parts.filter(([number]) => number).map(([number, word]) => `${count(number)} ${word}`).join(", ");
	$("footer").textContent = `Made by curlretry ${data.version} at ${moment(data.made * 1000)} UTC. Times are UTC.`;
	legend($("status-legend"), [["c-2", "2xx"], ["c-3", "3xx"], ["c-4", "4xx"], ["c-5", "5xx"], ["c-error", "no answer"]]);
	legend($("phase-legend"), [...PHASES.map(name => [name, name]), ["queue", "queue"], ["backoff", "backoff"],
		["failed", "failed"]]);
}

makeChips();
makeHosts();
showFrame();
listen();
showAll();
document.documentElement.dataset.ready = "yes";
})();
