// A level meter: the bar jumps up at once and falls slowly, as on a mixing
// desk, and a line stays at the peak of the last seconds.
import { decibels } from "./format.js";
import { setText } from "./dom.js";

const lowest = -80; // dB re full scale
const loud = -3;
const fall = 1.2; // dB per update, 24 dB/s
const hold = 30; // updates, 1.5 s
const speakEvery = 20; // updates between two texts: once a second

export class Meter {
  #shown = lowest;
  #peak = lowest;
  #held = 0;
  #updates = 0;

  constructor(bar, text) {
    this.bar = bar;
    this.text = text;
    this.fill = bar.querySelector(".fill");
    this.line = bar.querySelector(".peak");
  }

  /** Shows that nothing is known. */
  clear() {
    this.#shown = this.#peak = lowest;
    this.#updates = 0;
    this.fill.style.transform = "scaleX(0)";
    this.line.style.left = "0";
    this.bar.classList.remove("loud");
    setText(this.text, "\u2013");
    this.bar.setAttribute("aria-valuenow", String(lowest));
    this.bar.setAttribute("aria-valuetext", "\u2013");
  }

  set(dB) {
    const level = Math.max(lowest, Math.min(0, dB));
    this.#shown = Math.max(level, this.#shown - fall);
    if (level >= this.#peak || this.#held-- <= 0) {
      this.#peak = Math.max(level, this.#held <= 0 ? this.#peak - fall : level);
      if (level >= this.#peak) this.#held = hold;
    }
    const share = (v) => (v - lowest) / -lowest;
    this.fill.style.transform = `scaleX(${share(this.#shown).toFixed(4)})`;
    this.line.style.left = `calc(${(100 * share(this.#peak)).toFixed(2)}% - 3px)`;
    this.bar.classList.toggle("loud", dB > loud);
    if (this.#updates++ % 4 === 0) setText(this.text, decibels(dB));
    if (this.#updates % speakEvery === 1) {
      this.bar.setAttribute("aria-valuenow", String(Math.round(level)));
      this.bar.setAttribute("aria-valuetext", decibels(dB));
    }
  }
}
