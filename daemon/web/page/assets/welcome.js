// The first steps, until the person says that they are done.
import { byId, setText } from "./dom.js";
import { names } from "./format.js";
import { t } from "./messages.js";

export function startWelcome(c) {
  const card = byId("welcome");
  c.on("status", (s) => {
    card.hidden = !s.welcome;
    setText(byId("welcome-check"), s.apps.length ? t("welcome.used", { apps: names(s.apps) }) : t("welcome.waiting"));
    card.dataset.used = String(s.apps.length > 0);
  });
  byId("welcome-done").addEventListener("click", async () => {
    if (await c.change("/v1/welcome", { done: true })) byId("strength").focus(); // the button goes away
  });
  byId("welcome-again").addEventListener("click", async () => {
    if (await c.change("/v1/welcome", { done: false })) byId("welcome-done").focus();
  });
}
