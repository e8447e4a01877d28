// Replays the tracks of a recording. All of them run together and one is heard,
// so that a change of track goes on at the same place.
import { byId, paintSlider, setText } from "./dom.js";
import { clock } from "./format.js";
import { t } from "./messages.js";

export const tracks = ["raw", "clean", "removed"];

export class Player {
  #audio = {};
  #urls = [];
  #heard = "clean";

  constructor() {
    this.seek = byId("seek");
    for (const r of byId("player-track").querySelectorAll("input")) r.addEventListener("change", () => this.#choose(r.value));
    byId("play").addEventListener("click", () => this.#toggle());
    this.seek.addEventListener("input", () => {
      for (const a of Object.values(this.#audio)) a.currentTime = Number(this.seek.value);
      this.#show();
    });
    paintSlider(this.seek);
  }

  /** Takes new tracks, {raw: Blob, ...}. */
  load(blobs) {
    this.clear();
    for (const name of tracks) {
      const url = URL.createObjectURL(blobs[name]);
      this.#urls.push(url);
      const a = (this.#audio[name] = new Audio(url));
      a.muted = name !== this.#heard;
      if (name === "raw") this.#follow(a); // they have the same length
    }
    byId("player").disabled = false;
    this.#save();
  }

  #follow(a) {
    a.addEventListener("loadedmetadata", () => {
      this.seek.max = a.duration;
      this.#show();
    });
    a.addEventListener("timeupdate", () => this.#show());
    for (const e of ["play", "pause", "ended"]) a.addEventListener(e, () => this.#show());
  }

  /** Forgets the tracks. */
  clear() {
    for (const a of Object.values(this.#audio)) a.pause();
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#audio = {};
    this.#urls = [];
    byId("player").disabled = true;
    byId("record-save").removeAttribute("href");
    this.#show();
  }

  #choose(track) {
    this.#heard = track;
    for (const [name, a] of Object.entries(this.#audio)) a.muted = name !== track;
    this.#save();
  }

  #save() {
    const link = byId("record-save");
    const a = this.#audio[this.#heard];
    if (a) link.href = a.src;
    link.download = `stillmic-${this.#heard}.wav`;
  }

  /** Plays from the start. */
  play() {
    for (const a of Object.values(this.#audio)) a.play().catch(() => {}); // the browser wants a click first
  }

  #toggle() {
    const all = Object.values(this.#audio);
    const play = all.some((a) => a.paused || a.ended);
    const at = all[0]?.ended ? 0 : all[0]?.currentTime;
    for (const a of all) {
      a.currentTime = at;
      if (play) a.play().catch(() => {}); // paused again before it began
      else a.pause();
    }
  }

  #show() {
    const a = this.#audio.raw;
    this.seek.value = a?.currentTime ?? 0;
    this.seek.setAttribute("aria-valuetext", clock(a?.currentTime ?? 0));
    setText(byId("time"), clock(a?.currentTime ?? 0));
    setText(byId("play"), a && !a.paused && !a.ended ? t("pause") : t("play"));
    paintSlider(this.seek);
  }
}
