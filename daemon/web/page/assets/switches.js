// Mute, and noise removal, which is the bypass the other way round.
import { byId } from "./dom.js";

export function startSwitches(c) {
  for (const [name, pressedWhen] of [["mute", true], ["bypass", false]]) {
    const button = byId(name);
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed)); // at once, so that a quick second click takes it back
      c.change(`/v1/${name}`, { on: pressed === pressedWhen });
    });
    c.on("status", (s) => button.setAttribute("aria-pressed", String(s[name] === pressedWhen)));
  }
}
