// What the microphone is doing, in one sentence, at the top.
import { byId, setText } from "./dom.js";

// State of the daemon: short name, tone of the pill, sentence.
const states = {
  "starting": ["starting", "idle", "Starting"],
  "waiting for server": ["waiting", "warn", "Waiting for the sound server"],
  "waiting for device": ["waiting", "warn", "Waiting for a microphone"],
  "running": ["active", "good", "Your microphone is clean"],
  "suspended": ["resting", "idle", "Resting until somebody listens"],
  "degraded": ["degraded", "warn", "Working, but not as it should"],
  "stopping": ["stopping", "idle", "Stopping"],
};

const lines = {
  connecting: ["connecting", "idle", "Connecting", "Looking for stillmic on this machine."],
  silent: ["slow", "warn", "stillmic is slow to answer", "The page goes on as soon as it does."],
  lost: ["not there", "bad", "stillmic is not running", "Start it with: stillmic run. The page connects by itself."],
  refused: ["locked", "warn", "This page needs its token", "Open it with: stillmic page"],
};

/** Why it is in its state, from which microphone, and who hears it. */
function explain(s, flows) {
  if (!flows) return s.reason;
  const heard = s.listeners < 0 ? "" : s.listeners === 0 ? "nobody listens" : s.listeners === 1 ? "1 program listens" : `${s.listeners} programs listen`;
  const parts = [`${s.reason}: ${s.source_description || s.source}`, heard].filter(Boolean);
  return parts.join(" \u00b7 ").replace(/^./, (letter) => letter.toUpperCase());
}

/** The four texts for a connection. */
function describe(c) {
  if (c.state !== "open" || !c.status) return lines[c.state] ?? lines.connecting;
  const s = c.status;
  const [name, tone, sentence] = states[s.state] ?? [s.state, "idle", s.state];
  const flows = s.state === "running" || s.state === "degraded";
  const reason = explain(s, flows);
  if (flows && s.silent && s.talk.mode === "push-to-talk" && !s.mute) return ["muted", "warn", "Muted until you hold the talk button", reason];
  if (flows && s.silent) return ["muted", "warn", "Your microphone is muted", reason];
  if (flows && s.bypass) return ["bypassed", "warn", "Bypassed: calls hear your room", reason];
  if (s.state === "running" && s.strength_db === 0) return ["off", "warn", "Strength is off: nothing is removed", reason];
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
    document.title = name === "active" ? "stillmic" : `stillmic \u2013 ${name}`;
    if (sentence !== said) setText(byId("announce"), (said = sentence));
  };
  c.on("status", show);
  c.on("state", show);
  c.on("status", (s) => setText(byId("about"), `stillmic ${s.version} \u00b7 network ${s.model} \u00b7 ${s.server || "no sound server"}`));
}
