// Records the microphone before and after, and says what changed.
import { get, post, read, send } from "./api.js";
import { byId, setText, showFigures } from "./dom.js";
import { decibels, milliseconds, percent } from "./format.js";
import { said, t } from "./messages.js";
import { Player, tracks } from "./player.js";
import { fetchReplay } from "./replay.js";

const seconds = 10;
const askEvery = 250; // ms, while it records

/** The figures with their names; without any, dashes keep their place. */
function showChange(f) {
  const text = (value) => (f ? value() : "\u2013");
  showFigures(byId("record-figures"), [
    [t("figure.noise-removed"), text(() => decibels(f.noise_removed_db, 1))],
    [t("figure.voice-level"), text(() => decibels(f.speech_kept_db, 1))],
    [t("figure.noise-before"), text(() => decibels(f.noise_db))],
    [t("figure.voice-before"), text(() => decibels(f.speech_db))],
    [t("figure.speaking"), text(() => percent(f.speech_percent))],
    [t("figure.delay"), text(() => milliseconds(f.latency_ms))],
  ]);
}

export function startRecorder(c) {
  const player = new Player();
  const button = byId("record");
  let loaded = ""; // when the recording that can be replayed was made
  let following = false;
  showChange();

  const show = (r) => {
    const active = r.state === "recording";
    button.disabled = active;
    const bar = byId("record-progress");
    bar.max = r.seconds || seconds;
    bar.value = active ? r.recorded : r.state === "ready" ? bar.max : 0;
    // What is counted stands on the button, which is not spoken: the microphone would hear it.
    const left = Math.ceil(r.seconds - r.recorded);
    setText(button, !active ? t("record") : left > 5 ? t("recording") : t("record.left", { n: left }));
    setText(byId("record-state"), {
      none: t("record.none"),
      recording: t("record.speak"),
      ready: t("record.ready"),
      failed: t("record.failed", { why: said(r.reason ?? "") }),
    }[r.state]);
    byId("record-delete").disabled = r.state !== "ready" && r.state !== "failed";
  };

  const load = async (r) => {
    const blobs = {};
    for (const name of tracks) blobs[name] = await read(await send(`/v1/record/${name}.wav`, { limit: 60000 }), "blob");
    player.load(blobs);
    showChange(r.figures);
    loaded = r.created;
  };

  const forget = () => {
    if (loaded) player.clear();
    loaded = "";
    showChange();
  };

  // Follows a recording to its end, whoever began it.
  const follow = async () => {
    if (following) return;
    following = true;
    try {
      for (;;) {
        const r = await get("/v1/record");
        show(r);
        if (r.state !== "ready") forget();
        if (r.state === "ready" && r.created !== loaded) await load(r);
        if (r.state !== "recording") break;
        await new Promise((done) => setTimeout(done, askEvery));
      }
    } catch (error) {
      show({ state: "none" });
      if (error.status !== 0) c.problem(error.message); // a lost line is said at the top
      else if (c.state === "open") setTimeout(follow, 1000); // a slow answer: whether one is there is asked again
    }
    following = false;
  };

  button.addEventListener("click", async () => {
    try {
      show(await post("/v1/record", { seconds }));
      forget();
      follow();
    } catch (error) {
      c.problem(error.message);
    }
  });
  byId("replay").addEventListener("click", async () => {
    try {
      player.load(await fetchReplay(tracks));
      player.play();
      loaded = "";
      showChange();
      setText(byId("record-state"), t("record.ready"));
    } catch (error) {
      c.problem(error.message);
    }
  });
  byId("record-delete").addEventListener("click", async () => {
    try {
      await send("/v1/record", { method: "DELETE" });
      button.focus(); // the button that was pressed goes away
    } catch (error) {
      c.problem(error.message);
    }
    follow();
  });
  c.on("state", ({ state }) => state === "open" && follow());
}
