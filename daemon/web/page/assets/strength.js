// How much noise may be removed. The named strengths stand at even distances
// on the slider; between two of them its way is even in dB.
import { byId, make, paintSlider, setText } from "./dom.js";
import { t } from "./messages.js";

const names = ["off", "gentle", "medium", "strong", "max"];
const levels = [0, 12, 24, 60, 100]; // dB
const perName = 10; // steps of the slider from one name to the next
const sendEvery = 60; // ms, while it is moved

/** Place on the slider to dB. */
export function toDecibels(place) {
  const i = Math.min(Math.floor(place / perName), names.length - 2);
  return Math.round(levels[i] + ((levels[i + 1] - levels[i]) * (place - i * perName)) / perName);
}

/** dB to place on the slider. */
export function toPlace(dB) {
  let i = 0;
  while (i < names.length - 2 && dB > levels[i + 1]) i++;
  return Math.round(perName * (i + (dB - levels[i]) / (levels[i + 1] - levels[i])));
}

function describe(dB) {
  const i = levels.indexOf(dB);
  if (dB === 0) return t("strength.off");
  if (dB >= 100) return `${t("strength.max")} \u00b7 ${t("no-limit")}`;
  return (i < 0 ? "" : `${t(`strength.${names[i]}`)} \u00b7 `) + `${dB} dB`;
}

export function startStrength(c) {
  const slider = byId("strength");
  const stops = names.map((name, i) => make("button", { type: "button", textContent: t(`strength.${name}`), onclick: () => c.change("/v1/strength", { strength: levels[i] }) }));
  byId("strength-stops").append(...stops);

  const show = (dB) => {
    setText(byId("strength-text"), describe(dB));
    slider.setAttribute("aria-valuetext", describe(dB));
    stops.forEach((b, i) => b.setAttribute("aria-pressed", String(levels[i] === dB)));
    paintSlider(slider);
  };

  // While the slider moves it leads and the daemon follows, one request at a time.
  let wanted = null;
  let sending = false;
  const flush = async () => {
    if (sending) return;
    sending = true;
    while (wanted !== null) {
      const dB = wanted;
      await c.change("/v1/strength", { strength: dB });
      await new Promise((r) => setTimeout(r, sendEvery));
      if (wanted === dB) wanted = null;
    }
    sending = false;
    if (c.status) follow(c.status);
  };
  slider.addEventListener("input", () => {
    wanted = toDecibels(Number(slider.value));
    show(wanted);
    flush();
  });

  const follow = (s) => {
    if (wanted !== null) return;
    slider.value = toPlace(s.strength_db);
    show(s.strength_db);
  };
  c.on("status", follow);
}
