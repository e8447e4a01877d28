// One file of the list: what becomes of it, and then its result.
import { make, setText, showFigures } from "./dom.js";
import { clock, count, decibels } from "./format.js";
import { FilePlayer } from "./fileplayer.js";

const change = (c, unit) => `${decibels(c.before, 0).replace(" dB", "")} \u2192 ${decibels(c.after, 0).replace("dB", unit)}`;

/** What the report says, for people. */
function figures(report, bytes) {
  const pairs = [];
  const known = (c) => c && c.before !== null && c.after !== null;
  if (known(report.noise_dbfs)) pairs.push(["Noise", change(report.noise_dbfs, "dBFS")]);
  if (known(report.loudness_lufs)) pairs.push(["Loudness", change(report.loudness_lufs, "LUFS")]);
  if (report.seconds) pairs.push(["Length", clock(report.seconds)]);
  if (report.rate) pairs.push(["Rate", `${report.rate / 1000} kHz`]);
  if (report.channels) pairs.push(["Channels", count(report.channels)]);
  if (report.other_tracks) pairs.push(["Tracks", count(1 + report.other_tracks.length)]);
  if (report.clipped) pairs.push(["Clipped samples", count(report.clipped)]);
  pairs.push(["Size", `${(bytes / 1e6).toFixed(1)} MB`]);
  return pairs;
}

export class FileRow {
  #text = make("p", { className: "quiet", textContent: "Waiting" });
  #take = make("button", { className: "link", type: "button", textContent: "Remove" });
  #url = "";
  #player = null;

  /** file: what was chosen. onTake is called when the row is taken out of the list. */
  constructor(file, onTake) {
    this.file = file;
    this.state = "waiting"; // then busy, and done or failed
    this.#take.setAttribute("aria-label", `Remove ${file.name}`);
    this.#take.addEventListener("click", () => onTake(this));
    this.element = make("li", { className: "file-row" },
      make("div", { className: "row" }, make("strong", { textContent: file.name }), this.#take), this.#text);
    this.element.dataset.state = this.state;
  }

  #become(state, text) {
    this.state = this.element.dataset.state = state;
    setText(this.#text, text);
  }

  busy() {
    this.#become("busy", "Cleaning \u2026");
  }

  fail(reason) {
    this.#become("failed", reason);
  }

  /** Shows the result, a Blob of a name, with a picture and what the report says. */
  finish({ name, blob, picture, report }) {
    this.name = name;
    this.blob = blob;
    this.#become("done", report.loudness?.warning ? `Done: ${report.loudness.warning}.` : report.truncated ? "Done; the end is missing." : "Done");
    this.#url = URL.createObjectURL(blob);
    const numbers = make("dl", { className: "figures" });
    showFigures(numbers, figures(report, blob.size));
    const save = make("a", { className: "button", href: this.#url, download: name, textContent: `Save ${name}` });
    const listen = make("details", {}, make("summary", { textContent: "Hear and see the difference" }));
    listen.addEventListener("toggle", () => {
      if (listen.open) this.#player ??= new FilePlayer(listen, this.file.name, this.file, blob, picture);
      else this.#player?.stop();
    });
    this.element.append(numbers, save, listen);
  }

  /** Stops playing. */
  hush() {
    this.#player?.stop();
  }

  /** Takes the row away with all it holds. */
  remove() {
    this.#player?.close();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.element.remove();
  }
}
