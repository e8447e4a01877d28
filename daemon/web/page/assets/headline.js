// What the microphone is doing, in one sentence, at the top, and who uses it.
import { byId, make, setText } from "./dom.js";
import { capital, names } from "./format.js";
import { said, t } from "./messages.js";

// State of the daemon: key of the short name, tone of the pill, key of the sentence.
const states = {
  "starting": ["starting", "idle", "starting"],
  "waiting for server": ["waiting", "warn", "no-sound"],
  "waiting for device": ["waiting", "warn", "no-microphone"],
  "running": ["on", "good", "running"],
  "suspended": ["ready", "idle", "ready"],
  "degraded": ["problem", "warn", "problem"],
  "stopping": ["stopping", "idle", "stopping"],
};

// The same for the line to the daemon.
const lines = { connecting: "idle", silent: "warn", lost: "bad", refused: "warn" };

const softVoice = -45; // dBFS, control.SoftVoiceDB

/** Who uses the virtual microphone, in words. */
function usedBy(s) {
  if (s.apps.length) return t("used-by", { apps: names(s.apps) });
  if (s.listeners > 0) return t("used-by-count", { n: s.listeners });
  return s.listeners === 0 ? t("used-by-none") : "";
}

/** What is wrong, if anything, which microphone, and who uses it. */
function explain(s, flows) {
  // What the page shows elsewhere is no notice here: programs that record uncleaned.
  const soft = s.voice_db > -100 && s.voice_db < softVoice ? t("soft") : "";
  const reason = capital(said(s.reason));
  if (!flows) return s.state === "suspended" ? "" : reason;
  return [s.state === "degraded" ? reason : "", soft, s.source_description || s.source, usedBy(s)].filter(Boolean).join(" \u00b7 ");
}

/** Key of the short name, tone, sentence and reason for a connection. */
function describe(c) {
  if (c.state !== "open" || !c.status) {
    const line = c.state in lines ? c.state : "connecting";
    return [line, lines[line], t(`head.${line}`), t(`why.${line}`)];
  }
  const s = c.status;
  const [name, tone, sentence] = states[s.state] ?? states.degraded;
  const flows = s.state === "running" || s.state === "degraded";
  const reason = explain(s, flows);
  const usable = flows || s.state === "suspended";
  if (usable && s.silent && s.talk.mode === "push-to-talk" && !s.mute) return ["muted", "warn", t("head.talk"), reason];
  if (usable && s.silent) return ["muted", "warn", t("head.muted"), reason];
  if (usable && (s.sink_muted || s.source_muted)) return ["muted", "warn", t("head.mixer-muted"), reason];
  if (usable && s.bypass) return ["off", "warn", t("head.bypass"), reason];
  if (usable && s.strength_db === 0) return ["off", "warn", t("head.strength-off"), reason];
  return [name, tone, t(`head.${sentence}`), reason];
}

export function startHeadline(c) {
  const pill = byId("state");
  let announced = "";
  const show = () => {
    const [name, tone, sentence, reason] = describe(c);
    pill.dataset.tone = tone;
    setText(byId("state-name"), t(`state.${name}`));
    setText(byId("headline"), sentence);
    setText(byId("reason"), reason);
    document.body.dataset.line = c.state;
    document.title = name === "on" ? "Stillmic" : `Stillmic \u2013 ${t(`state.${name}`)}`;
    if (sentence !== announced) setText(byId("announce"), (announced = sentence));
  };
  c.on("status", show);
  c.on("state", show);
  c.on("status", (s) => {
    setText(byId("about"), `Stillmic ${s.version} \u00b7 ${t("latency.network", { name: s.model })} \u00b7 ${s.server || t("head.no-sound")}`);
    byId("mistake").hidden = !s.config_problem;
    setText(byId("mistake-text"), said(s.config_problem));
    showDirect(c, s.raw_apps);
  });
}

/** Shows the apps that record the real microphone, each with a button that puts it alone back. */
function showDirect(c, apps) {
  const list = byId("direct");
  list.hidden = apps.length === 0;
  if (list.dataset.apps === names(apps)) return;
  list.dataset.apps = names(apps);
  list.replaceChildren(...apps.map((app) => {
    const text = make("p", { textContent: t("direct", { apps: app }) });
    const button = make("button", { className: "button", type: "button", textContent: t("put-back") });
    button.setAttribute("aria-label", t("tray.put-back", { app }));
    button.addEventListener("click", async () => {
      if (await c.change("/v1/put-back", { apps: [app] })) byId("main").focus(); // the button goes away
    });
    return make("li", { className: "direct" }, text, button);
  }));
}
