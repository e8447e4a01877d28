// The talk button: silent unless held, or silent while held.
import { byId, setText } from "./dom.js";
import { t } from "./messages.js";

export function startTalk(c) {
  const modes = [...byId("talk-mode").querySelectorAll("input")];
  const button = byId("talk");
  let held = false;

  for (const m of modes) m.addEventListener("change", () => c.change("/v1/talk", { mode: m.value }));

  const press = (on) => {
    if (held === on) return;
    held = on;
    button.setAttribute("aria-pressed", String(on));
    c.change("/v1/talk", { pressed: on });
  };
  button.addEventListener("pointerdown", (e) => {
    if (e.button !== 0) return;
    button.setPointerCapture(e.pointerId);
    press(true);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(end, () => press(false));
  button.addEventListener("contextmenu", (e) => e.preventDefault()); // a long touch
  const isKey = (e) => e.key === " " || e.key === "Enter";
  button.addEventListener("keydown", (e) => {
    if (!isKey(e)) return;
    e.preventDefault();
    press(true);
  });
  button.addEventListener("keyup", (e) => isKey(e) && press(false));
  // Nobody hears the key go up in another window.
  addEventListener("blur", () => press(false));

  c.on("status", (s) => {
    for (const m of modes) m.checked = m.value === s.talk.mode;
    button.disabled = s.talk.mode === "off";
    setText(button, t(s.talk.mode === "push-to-mute" ? "talk.push-to-mute" : "talk.push-to-talk"));
    if (!held) button.setAttribute("aria-pressed", String(s.talk.pressed));
  });
}
