// What goes in and what comes out: spectrograms and level meters.
import { drawLegend, highest, lowest, onTheme } from "./colours.js";
import { byId, setText } from "./dom.js";
import { t } from "./messages.js";
import { Meter } from "./meter.js";
import { columns, Spectrogram } from "./spectrogram.js";

export function startSound(c) {
  const sides = {};
  for (const side of ["before", "after"]) {
    const track = document.querySelector(`[data-track="${side}"]`);
    sides[side] = new Spectrogram(byId(`spectrum-${side}`), track.querySelector(".axis"));
  }
  c.on("spectrum", (s) => {
    sides.before.add(s.before);
    sides.after.add(s.after);
  });

  const before = new Meter(byId("meter-before"), byId("level-before"));
  const after = new Meter(byId("meter-after"), byId("level-after"));
  c.on("meters", (m) => {
    before.set(m.input_db);
    after.set(m.output_db);
  });

  // What was heard last is not what is said now.
  c.on("state", ({ state }) => {
    if (state !== "open") for (const m of [before, after]) m.clear();
  });

  const [low, high] = byId("legend").parentElement.querySelectorAll("span");
  setText(low, String(lowest).replace("-", "\u2212"));
  setText(high, `${String(highest).replace("-", "\u2212")} dB`);
  setText(byId("span"), t("spectrum.span", { n: columns / 20 }));
  drawLegend(byId("legend"));
  onTheme(() => {
    drawLegend(byId("legend"));
    sides.before.recolour();
    sides.after.recolour();
  });
}
