// Mute and bypass.
import { byId } from "./dom.js";

export function startSwitches(c) {
  for (const name of ["mute", "bypass"]) {
    const button = byId(name);
    button.addEventListener("click", () => c.change(`/v1/${name}`, { on: button.getAttribute("aria-pressed") !== "true" }));
    c.on("status", (s) => button.setAttribute("aria-pressed", String(s[name])));
  }
}
