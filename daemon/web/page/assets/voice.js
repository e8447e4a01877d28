// The knobs of the voice processing. What the daemon has is in its status; a
// knob it does not have is not shown.
import { byId, make } from "./dom.js";
import { t } from "./messages.js";

const knobs = ["leveller", "clarity", "deess", "plosive", "hum", "dereverb", "breath", "click", "declip", "gate"];
const levels = ["off", "light", "strong"];

// The numbers with their least and most.
const numbers = [["target_lufs", -40, 0], ["limit_dbtp", -20, 0]];

function knob(c, key) {
  const radios = levels.map((value) => {
    const input = make("input", { type: "radio", name: `voice-${key}`, value });
    input.addEventListener("change", () => c.change("/v1/voice", { [key]: value }));
    return input;
  });
  const segments = make("div", { className: "segments" }, ...radios.map((r) => make("label", {}, r, make("span", {}, t(`voice.${r.value}`)))));
  const e = make("fieldset", { className: "knob" }, make("legend", {}, t(`voice.${key}`)), segments, make("p", { className: "quiet help" }, t(`voice.${key}-help`)));
  e.dataset.key = key;
  return [e, (value) => radios.forEach((r) => (r.checked = r.value === value))];
}

function number(c, [key, min, max]) {
  const id = `voice-${key}`;
  const input = make("input", { type: "number", id, min, max, step: 0.5 });
  input.setAttribute("aria-describedby", `${id}-help`);
  input.addEventListener("change", () => input.value !== "" && c.change("/v1/voice", { [key]: Number(input.value) }));
  const e = make("div", { className: "field" }, make("label", { htmlFor: id }, t(`voice.${key}`)), input, make("p", { className: "quiet help", id: `${id}-help` }, t(`voice.${key}-help`)));
  e.dataset.key = key;
  const show = (value) => {
    if (document.activeElement !== input) input.value = value;
  };
  return [e, show];
}

export function startVoice(c) {
  const shows = new Map();
  const add = (key, [e, show]) => {
    byId("knobs").append(e);
    shows.set(key, [e, show]);
  };
  for (const k of knobs) add(k, knob(c, k));
  for (const n of numbers) add(n[0], number(c, n));
  c.on("status", (s) => {
    for (const [key, [e, show]] of shows) {
      e.hidden = !(key in s.voice);
      show(s.voice[key]);
    }
  });
}
