// What the microphone is doing, in one sentence, at the top.
import { byId, setText } from "./dom.js";

// State of the daemon: short name, tone of the pill, sentence.
const states = {
  "starting": ["starting", "idle", "Starting"],
  "waiting for server": ["waiting", "warn", "Waiting for the computer's sound to start"],
  "waiting for device": ["waiting", "warn", "No microphone found"],
  "running": ["on", "good", "Removing background noise"],
  "suspended": ["ready", "idle", "Ready. Your microphone is off until an app uses it"],
  "degraded": ["problem", "warn", "Stillmic has a problem"],
  "stopping": ["stopping", "idle", "Stopping"],
};

const lines = {
  connecting: ["connecting", "idle", "Connecting", "Looking for Stillmic on this computer."],
  silent: ["not responding", "warn", "Stillmic is not responding", "This page continues by itself."],
  lost: ["not running", "bad", "Stillmic is not running", "Choose \u201cStart Stillmic\u201d in the menu of its icon, or run: stillmic service start. This page reconnects by itself."],
  refused: ["old link", "warn", "This link does not open the page any more", "Open the page again from the Stillmic icon, or run: stillmic page"],
};

/** Which programs record, or how many. */
function usedBy({ listeners, apps }) {
  if (listeners < 0) return "";
  if (listeners === 0) return "no app is using it";
  if (apps.length === 1 || apps.length === 2) return `used by ${apps.join(" and ")}`;
  const n = apps.length || listeners;
  return n === 1 ? "used by 1 app" : `used by ${n} apps`;
}

/** What is wrong, if anything, which microphone, and who uses it. */
function explain(s, flows) {
  const capital = (text) => text.replace(/^./, (letter) => letter.toUpperCase());
  const notice = s.notices?.length ? capital(s.notices[0]) : "";
  if (!flows) return s.state === "suspended" ? notice : capital(s.reason);
  const apps = usedBy(s);
  return [s.state === "degraded" ? capital(s.reason) : "", notice, s.source_description || s.source, apps].filter(Boolean).join(" \u00b7 ");
}

/** The four texts for a connection. */
function describe(c) {
  if (c.state !== "open" || !c.status) return lines[c.state] ?? lines.connecting;
  const s = c.status;
  const [name, tone, sentence] = states[s.state] ?? [s.state, "idle", s.state];
  const flows = s.state === "running" || s.state === "degraded";
  const reason = explain(s, flows);
  const usable = flows || s.state === "suspended";
  if (usable && s.silent && s.talk.mode === "push-to-talk" && !s.mute) return ["muted", "warn", "Muted until you hold the talk button: callers hear silence", reason];
  if (usable && s.silent) return ["muted", "warn", "Your microphone is muted: callers hear silence", reason];
  if (usable && s.bypass) return ["off", "warn", "Noise removal is off: callers hear your room", reason];
  if (usable && s.strength_db === 0) return ["off", "warn", "Strength is set to Off: callers hear your room", reason];
  return [name, tone, sentence, reason];
}

export function startHeadline(c) {
  const pill = byId("state");
  let said = "";
  const show = () => {
    const [name, tone, sentence, reason] = describe(c);
    pill.dataset.tone = tone;
    setText(byId("state-name"), name);
    setText(byId("headline"), sentence);
    setText(byId("reason"), reason);
    document.body.dataset.line = c.state;
    document.title = name === "on" ? "Stillmic" : `Stillmic \u2013 ${name}`;
    if (sentence !== said) setText(byId("announce"), (said = sentence));
  };
  c.on("status", show);
  c.on("state", show);
  c.on("status", (s) => setText(byId("about"), `Stillmic ${s.version} \u00b7 network ${s.model} \u00b7 ${s.server || "no sound server"}`));
}
