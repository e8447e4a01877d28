// The knobs of the voice processing. What the daemon has is in its status; a
// knob it does not have is not shown.
import { byId, make } from "./dom.js";

const knobs = [
  ["leveller", "Even volume", "makes quiet speech louder and loud speech quieter"],
  ["clarity", "Clarity", "lifts what makes speech easy to follow"],
  ["deess", "Sharp s sounds", "softens them"],
  ["plosive", "Pops and rumble", "lowers the pops of p and b"],
  ["hum", "Hum", "removes hum from the mains"],
  ["room", "Room echo", "lowers the echo of the room"],
  ["breath", "Breaths", "lowers breaths between words"],
  ["click", "Mouth clicks", "removes clicks of lips and tongue"],
  ["declip", "Repair distortion", "mends peaks that were too loud"],
  ["gate", "Gate", "lowers pauses further"],
];
const levels = ["off", "light", "strong"];

const numbers = [
  ["target_lufs", "Target loudness", "Loudness to aim for, in LUFS. 0 = the preset's (-20)", -40, 0],
  ["limit_dbtp", "Peak limit", "Highest peak allowed, in dBTP. 0 = the preset's (-1)", -20, 0],
];

function knob(c, [key, title, help]) {
  const radios = levels.map((value) => {
    const input = make("input", { type: "radio", name: `voice-${key}`, value });
    input.addEventListener("change", () => c.change("/v1/voice", { [key]: value }));
    return input;
  });
  const segments = make("div", { className: "segments" }, ...radios.map((r) => make("label", {}, r, make("span", {}, r.value))));
  const e = make("fieldset", { className: "knob" }, make("legend", {}, title), segments, make("p", { className: "quiet help" }, help));
  e.dataset.key = key;
  return [e, (value) => radios.forEach((r) => (r.checked = r.value === value))];
}

function number(c, [key, title, help, min, max]) {
  const id = `voice-${key}`;
  const input = make("input", { type: "number", id, min, max, step: 0.5 });
  input.setAttribute("aria-describedby", `${id}-help`);
  input.addEventListener("change", () => input.value !== "" && c.change("/v1/voice", { [key]: Number(input.value) }));
  const e = make("div", { className: "field" }, make("label", { htmlFor: id }, title), input, make("p", { className: "quiet help", id: `${id}-help` }, help));
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
  for (const k of knobs) add(k[0], knob(c, k));
  for (const n of numbers) add(n[0], number(c, n));
  c.on("status", (s) => {
    for (const [key, [e, show]] of shows) {
      e.hidden = !(key in s.voice);
      show(s.voice[key]);
    }
  });
}
