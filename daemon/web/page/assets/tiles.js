// The tiles: voice, noise removed, latency, processor, interruptions.
import { byId, setText } from "./dom.js";
import { count, decibels, milliseconds, percent } from "./format.js";
import { t } from "./messages.js";

const readable = 5; // updates between two texts: digits that change 20 times a second cannot be read

export function startTiles(c) {
  let updates = 0;
  c.on("meters", (m) => {
    byId("speech-bar").style.transform = `scaleX(${m.speech.toFixed(3)})`;
    if (updates++ % readable) return;
    setText(byId("speech"), percent(100 * m.speech));
    setText(byId("reduction"), decibels(m.reduction_db));
  });
  c.on("status", (s) => {
    setText(byId("latency"), milliseconds(s.latency_ms));
    setText(byId("cpu"), percent(s.cpu_percent, 1));
    setText(byId("memory"), t("tile.processor-note", { mb: Math.round(s.rss_mb) }));
    setText(byId("xruns"), count(s.xruns + s.underruns + s.overruns));
  });
}
