// Histograms of the time per frame and of the delay.
import { byId, make, setText } from "./dom.js";
import { micro, milliseconds } from "./format.js";
import { t } from "./messages.js";

const least = 12; // bars shown at least
const margin = 2; // empty bars on either side

/** The part of a histogram that holds counts, as [first, last]. */
function range(counts) {
  let first = counts.findIndex((n) => n > 0);
  let last = counts.findLastIndex((n) => n > 0);
  if (first < 0) first = last = 0;
  first = Math.max(0, first - margin);
  last = Math.min(counts.length - 1, last + margin);
  while (last - first + 1 < least && (first > 0 || last < counts.length - 1)) {
    if (first > 0) first--;
    if (last < counts.length - 1) last++;
  }
  return [first, last];
}

function draw(name, { edges, counts }, unit) {
  const chart = byId(`${name}-chart`);
  const [first, last] = range(counts);
  const shown = counts.slice(first, last + 1);
  const most = Math.log1p(Math.max(1, ...shown));
  while (chart.children.length < shown.length) chart.append(make("span"));
  while (chart.children.length > shown.length) chart.lastChild.remove();
  shown.forEach((n, i) => {
    const from = unit(edges[first + i]);
    chart.children[i].style.height = n ? `${Math.max(2, (100 * Math.log1p(n)) / most)}%` : "0";
    chart.children[i].title = `\u2265 ${from}: ${n}`;
  });
  setText(byId(`${name}-low`), unit(edges[first]));
  setText(byId(`${name}-high`), unit(edges[last + 1] ?? edges[last]));
}

export function startTiming(c) {
  c.on("histogram", (h) => {
    draw("frame", h.frame_us, (v) => (v ? micro(v) : "0"));
    draw("latency", h.latency_ms, (v) => `${v} ms`);
  });
  c.on("status", (s) => {
    const f = s.frame_us;
    const frame = t("timing.quantiles", { p50: micro(f.p50), p99: micro(f.p99), max: micro(f.max) });
    setText(byId("frame-text"), frame);
    byId("frame-chart").setAttribute("aria-label", t("timing.frame-label", { text: frame }));
    const l = s.latency;
    const devices = l.capture_ms + l.ring_ms + l.sink_ms; // 0: the server does not tell
    const parts = { all: milliseconds(s.latency_ms), network: milliseconds(l.algorithm_ms), devices: milliseconds(devices) };
    const delay = s.latency_ms > 0 ? t(devices > 0 ? "timing.delay" : "timing.delay-network", parts) : "";
    setText(byId("latency-text"), delay);
    byId("latency-chart").setAttribute("aria-label", t("timing.latency-label", { text: delay }));
  });
}
