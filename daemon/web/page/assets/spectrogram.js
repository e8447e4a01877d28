// One scrolling spectrogram. The levels are kept, so that a new size or theme
// draws the past anew.
import { palette, shade } from "./colours.js";
import { make } from "./dom.js";

export const columns = 240; // 12 s of 20 columns per second
const bands = 64;
const gap = 4; // columns

// The bands are even on the mel scale, 2595 log10(1 + f/700), up to 24 kHz.
const mel = (hz) => 2595 * Math.log10(1 + hz / 700);
const ticks = [[250, "250"], [1000, "1k"], [2000, "2k"], [4000, "4k"], [8000, "8k"], [16000, "16k"]];

const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Spectrogram {
  #canvas;
  #shades = new Uint8Array(columns * bands); // a ring of columns
  #next = 0;
  #image = new ImageData(columns, bands);
  #small = new OffscreenCanvas(columns, bands);
  #palette = palette();
  #due = false;

  constructor(canvas, axis) {
    this.#canvas = canvas;
    for (const [hz, text] of ticks) {
      const label = make("span", { textContent: text });
      label.style.bottom = `${(100 * mel(hz)) / mel(24000)}%`;
      axis.append(label);
    }
    new ResizeObserver(() => this.#request()).observe(canvas);
  }

  /** Adds one column of levels in dB, from low frequencies to high. */
  add(levels) {
    for (let b = 0; b < bands; b++) this.#shades[this.#next * bands + b] = shade(levels[b]);
    this.#next = (this.#next + 1) % columns;
    // Where the picture stands still, a gap shows where the present is.
    if (still.matches) for (let k = 0; k < gap; k++) this.#shades.fill(0, ((this.#next + k) % columns) * bands, ((this.#next + k) % columns + 1) * bands);
    this.#request();
  }

  /** Takes the colours of another theme. */
  recolour() {
    this.#palette = palette();
    this.#request();
  }

  #request() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#due = false;
    const c = this.#canvas;
    const scale = Math.min(devicePixelRatio, 2);
    const width = Math.round(c.clientWidth * scale);
    const height = Math.round(c.clientHeight * scale);
    if (!width || !height) return;
    if (c.width !== width || c.height !== height) Object.assign(c, { width, height });
    this.#paint();
    const out = c.getContext("2d", { alpha: false });
    out.imageSmoothingEnabled = true;
    out.imageSmoothingQuality = "high";
    out.drawImage(this.#small, 0, 0, width, height);
  }

  // The newest column is at the right and the past moves to the left; where
  // motion is unwanted the picture stands still and is written over in place.
  #paint() {
    const first = still.matches ? 0 : this.#next;
    const pixels = new Uint32Array(this.#image.data.buffer);
    const colours = new Uint32Array(this.#palette.buffer);
    for (let x = 0; x < columns; x++) {
      const column = ((first + x) % columns) * bands;
      for (let b = 0; b < bands; b++) pixels[(bands - 1 - b) * columns + x] = colours[this.#shades[column + b]];
    }
    this.#small.getContext("2d").putImageData(this.#image, 0, 0);
  }
}
