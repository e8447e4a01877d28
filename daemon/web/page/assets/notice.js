// What needs the person: a token, and changes that were refused.
import { byId, setText } from "./dom.js";
import { t } from "./messages.js";

const toastTime = 6000; // ms

export function startNotice(c) {
  const notice = byId("notice");
  c.on("state", ({ state }) => {
    const refused = state === "refused";
    notice.hidden = !refused;
    byId("notice-form").hidden = !refused;
    setText(byId("notice-text"), refused ? t("link-stale") : "");
  });
  byId("notice-form").addEventListener("submit", (e) => {
    e.preventDefault();
    const field = byId("notice-address");
    if (field.value.trim()) c.again(field.value);
    field.value = "";
  });

  let timer = 0;
  c.on("problem", (text) => {
    setText(byId("toast"), text);
    clearTimeout(timer);
    timer = setTimeout(() => setText(byId("toast"), ""), toastTime);
  });
}
