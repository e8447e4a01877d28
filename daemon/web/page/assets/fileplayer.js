// Plays one cleaned file before and after, and shows both. The two run together and one is
// heard, so that a change goes on at the same place.
import { make, paintSlider, setText } from "./dom.js";
import { clock } from "./format.js";
import { t } from "./messages.js";

const sides = ["before", "after"];

export class FilePlayer {
  #audio = {};
  #urls = [];
  #play = make("button", { className: "button", type: "button", textContent: t("play") });
  #seek = make("input", { type: "range", min: 0, max: 1, step: 0.1, value: 0 });
  #time = make("span", { className: "level", textContent: "0:00" });
  #heard = "after";

  /** Shows a player for a name within an element: before and after are Blobs, as is the picture. */
  constructor(into, name, before, after, picture) {
    for (const side of sides) {
      const a = (this.#audio[side] = new Audio(this.#url(side === "before" ? before : after)));
      a.muted = side !== this.#heard;
      a.addEventListener("error", () => this.#fail());
    }
    const leader = this.#audio.after;
    leader.addEventListener("loadedmetadata", () => (this.#seek.max = leader.duration));
    for (const e of ["timeupdate", "play", "pause", "ended"]) leader.addEventListener(e, () => this.#show());
    this.#time.setAttribute("aria-hidden", "true");
    this.#seek.setAttribute("aria-label", t("file.seek", { name }));
    this.#play.addEventListener("click", () => this.#toggle());
    this.#seek.addEventListener("input", () => {
      for (const a of Object.values(this.#audio)) a.currentTime = Number(this.#seek.value);
      this.#show();
    });
    this.box = make("div", { className: "player" },
      make("div", { className: "segments" }, ...sides.map((side) => this.#choice(side, name))),
      make("div", { className: "row" }, this.#play, this.#seek, this.#time));
    into.append(this.box);
    if (picture) into.append(make("img", { className: "spectra", src: this.#url(picture), alt: t("file.spectra", { name }) }));
    paintSlider(this.#seek);
  }

  #url(blob) {
    const url = URL.createObjectURL(blob);
    this.#urls.push(url);
    return url;
  }

  #choice(side, name) {
    const text = t(`player.${side}`);
    const radio = make("input", { type: "radio", name: `heard-${this.#urls[0]}`, value: side, checked: side === this.#heard });
    radio.setAttribute("aria-label", t("file.heard", { side: text, name }));
    radio.addEventListener("change", () => {
      this.#heard = side;
      for (const [s, a] of Object.entries(this.#audio)) a.muted = s !== side;
    });
    return make("label", {}, radio, make("span", { textContent: text }));
  }

  /** Says that the browser does not know the format; what is saved is as good as any. */
  #fail() {
    this.stop();
    this.box.replaceChildren(make("p", { className: "quiet help", textContent: t("file.unplayable") }));
  }

  #toggle() {
    const { before, after } = this.#audio;
    if (!after.paused && !after.ended) return this.stop();
    const at = after.ended ? 0 : after.currentTime;
    for (const a of [before, after]) {
      a.currentTime = at;
      a.play().catch(() => {}); // paused again before it began, or it cannot be played: an error says so
    }
  }

  /** Pauses. */
  stop() {
    for (const a of Object.values(this.#audio)) a.pause();
  }

  /** Forgets the sounds. */
  close() {
    this.stop();
    for (const url of this.#urls) URL.revokeObjectURL(url);
  }

  #show() {
    const a = this.#audio.after;
    this.#seek.value = a.currentTime;
    this.#seek.setAttribute("aria-valuetext", clock(a.currentTime));
    setText(this.#time, clock(a.currentTime));
    setText(this.#play, !a.paused && !a.ended ? t("pause") : t("play"));
    paintSlider(this.#seek);
  }
}
