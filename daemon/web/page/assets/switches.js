// Mute, and noise removal, which is the bypass the other way round.
import { byId } from "./dom.js";

export function startSwitches(c) {
  for (const [name, pressedWhen] of [["mute", true], ["bypass", false]]) {
    const button = byId(name);
    let asked = 0; // changes without an answer: a status that is older than they are does not count
    const show = (s) => asked || button.setAttribute("aria-pressed", String(s[name] === pressedWhen));
    button.addEventListener("click", async () => {
      const pressed = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(pressed)); // at once, so that a quick second click takes it back
      asked++;
      await c.change(`/v1/${name}`, { on: pressed === pressedWhen });
      asked--;
      if (c.status) show(c.status);
    });
    c.on("status", show);
  }
}
