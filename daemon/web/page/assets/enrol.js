// The print of the person's voice: it is made while they read a text aloud, shown, and deleted.
import { get, read, send } from "./api.js";
import { byId, setText } from "./dom.js";
import { number } from "./format.js";
import { language, said, t } from "./messages.js";
import { Meter } from "./meter.js";
import { readEvents } from "./sse.js";

const several = 0.5; // enrol.SeveralFrom of the daemon
const date = (text) => new Date(text).toLocaleDateString(language, { dateStyle: "medium" });

/** What is told of a print, in words. */
function described(print) {
  if (print.problem) return t("enrol.problem");
  if (!print.enrolled) return t("enrol.none");
  const since = t("enrol.since", { date: date(print.since), seconds: number(print.seconds, 0), n: print.times });
  return `${since} ${t(`enrol.quality-${print.quality}`)}`;
}

/** What came of an enrolment, in words. */
function outcome(result) {
  const told = [t("enrol.done", { n: Math.round(100 * result.alike) })];
  if (result.added) told.push(t("enrol.added"));
  if (result.several >= several) told.push(t("enrol.several", { n: Math.round(100 * result.several) }));
  return told.join(" ");
}

export function startEnrol(c) {
  const level = new Meter(byId("enrol-level"), byId("enrol-level-text"));
  let print = { enrolled: false };
  let stop = null; // ends the enrolment that goes on
  let asking = false; // whether to delete
  let told = ""; // by the last status: when the print was written; null: ask again
  let asked = 0; // how often for the print

  const show = () => {
    const there = print.enrolled || Boolean(print.problem);
    setText(byId("enrol-state"), described(print));
    setText(byId("enrol-start"), t(print.enrolled ? "enrol.again" : "enrol.start"));
    setText(byId("enrol-focus-link"), t("enrol.focus", { me: t("focus.me"), focus: t("focus") }));
    byId("enrol-focus").hidden = !print.enrolled || c.status?.focus.mode === "me";
    byId("enrol-reading").hidden = !stop;
    byId("enrol-stop").hidden = !stop;
    byId("enrol-start").hidden = Boolean(stop) || asking;
    byId("enrol-new").hidden = Boolean(stop) || asking || !print.enrolled;
    byId("enrol-delete").hidden = Boolean(stop) || asking || !there;
    byId("enrol-sure").hidden = byId("enrol-keep").hidden = !asking;
  };

  const refresh = async () => {
    const mine = ++asked;
    try {
      const now = await get("/v1/voiceprint");
      if (mine === asked) print = now; // or a later answer has come, or is to come
    } catch (error) {
      if (error.status !== 0) c.problem(error.message);
      else told = null; // a lost line is said at the top
    }
    show();
  };

  // What a screen reader says the microphone may hear: only what keeps the enrolment waiting is spoken.
  const progress = (p) => {
    const hint = t(`enrol.hint-${p.hint || "fine"}`);
    setText(byId("enrol-hint"), hint);
    byId("enrol-hint").dataset.wrong = String(p.hint !== "");
    setText(byId("enrol-told"), p.hint === "muted" || p.hint === "no-sound" ? hint : "");
    byId("enrol-progress").max = p.wanted;
    byId("enrol-progress").value = p.seconds;
    setText(byId("enrol-heard"), t("enrol.heard", { n: number(p.seconds, 1), of: number(p.wanted, 0) }));
    level.set(p.level_db);
  };

  const enrol = async (fresh) => {
    const ending = (stop = new AbortController());
    let last = null;
    let text = t("enrol.stopped");
    setText(byId("enrol-result"), "");
    setText(byId("enrol-hint"), t("enrol.hint-read"));
    level.clear();
    show();
    byId("enrol-stop").focus(); // the button that was pressed goes away
    try {
      const answer = await send("/v1/voiceprint", { method: "POST", body: JSON.stringify({ new: fresh }), signal: ending.signal, limit: 0 });
      await readEvents(answer.body, (kind, p) => {
        last = p;
        if (p.state === "listening") progress(p);
      });
    } catch (error) {
      if (error.status !== undefined) text = error.message;
    }
    if (last?.state === "done") text = outcome(last.result);
    if (last?.state === "failed") text = said(last.reason);
    stop = null;
    setText(byId("enrol-told"), "");
    setText(byId("enrol-result"), text);
    await refresh();
    byId("enrol-start").focus();
  };

  const confirm = (on) => {
    asking = on;
    show();
    byId(on ? "enrol-keep" : "enrol-delete").focus();
  };

  byId("enrol-start").addEventListener("click", () => enrol(false));
  byId("enrol-new").addEventListener("click", () => enrol(true));
  byId("enrol-stop").addEventListener("click", () => stop?.abort());
  byId("enrol-delete").addEventListener("click", () => confirm(true));
  byId("enrol-keep").addEventListener("click", () => confirm(false));
  byId("enrol-sure").addEventListener("click", async () => {
    asking = false;
    try {
      print = await read(await send("/v1/voiceprint", { method: "DELETE" }), "json");
      setText(byId("enrol-result"), t("enrol.deleted"));
    } catch (error) {
      c.problem(error.message);
    }
    await refresh();
    byId("enrol-start").focus();
  });
  addEventListener("pagehide", () => stop?.abort()); // a page that is left may be kept, with its stream
  c.on("state", ({ state }) => state === "open" && refresh());
  c.on("status", (s) => {
    byId("enrol-focus").hidden = !print.enrolled || s.focus.mode === "me";
    const since = s.focus.print_since ?? "";
    if (!stop && since !== told) refresh(); // another has made it, added to it or deleted it
    told = since;
  });
}
