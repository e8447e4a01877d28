// Mute and bypass.
import { byId } from "./dom.js";

export function startSwitches(c) {
  for (const name of ["mute", "bypass"]) {
    const button = byId(name);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on)); // at once, so that a quick second click takes it back
      c.change(`/v1/${name}`, { on });
    });
    c.on("status", (s) => button.setAttribute("aria-pressed", String(s[name])));
  }
}
