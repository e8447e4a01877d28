// The daemon's events, newest first, and the page's own about the line.
import { byId, make } from "./dom.js";
import { language, logged, t } from "./messages.js";

const most = 200;

export function startLog(c) {
  const list = byId("log");
  const seen = new Set(); // a new line to the daemon repeats its last events
  const clock = (t) => t.toLocaleTimeString(language, { hour12: false });

  const add = ({ time, level, message, own }) => {
    const id = `${time} ${message}`;
    if (seen.has(id)) return;
    seen.add(id);
    const at = new Date(time);
    const text = own ? message : logged(message);
    const li = make("li", {}, make("time", { dateTime: at.toISOString(), textContent: clock(at) }), make("span", {}, level === "info" ? text : `${level === "warn" ? t("events.warn") : t("events.error")}: ${text}`));
    li.dataset.level = level;
    // The page's own lines and the daemon's old ones mix: each goes to its time.
    const older = [...list.children].find((other) => other.firstChild.dateTime <= li.firstChild.dateTime);
    list.insertBefore(li, older ?? null);
    if (list.children.length > most) list.lastChild.remove();
    if (seen.size > 4 * most) seen.clear();
  };
  c.on("log", add);

  let open = false;
  c.on("state", ({ state, why }) => {
    const now = state === "open";
    if (!now && open) add({ time: new Date().toISOString(), level: "warn", message: t("events.lost", { why }), own: true });
    if (now && !open) add({ time: new Date().toISOString(), level: "info", message: t("events.connected"), own: true });
    open = now;
  });
}
