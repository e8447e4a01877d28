// One file of the list: what becomes of it, and then its result.
import { make, setText, showFigures } from "./dom.js";
import { capital, clock, count, decibels, number } from "./format.js";
import { FilePlayer } from "./fileplayer.js";
import { said, t } from "./messages.js";

const change = (c, unit) => `${decibels(c.before, 0).replace(" dB", "")} \u2192 ${decibels(c.after, 0).replace("dB", unit)}`;

/** The length of a file: 48 kB, 3.2 MB. */
const size = (bytes) => (bytes < 1e6 ? `${count(Math.ceil(bytes / 1e3))} kB` : `${number(bytes / 1e6, 1)} MB`);

/** What the report says, for people. */
function figures(report, bytes) {
  const pairs = [];
  const known = (c) => c && c.before !== null && c.after !== null;
  if (known(report.noise_dbfs)) pairs.push([t("file.noise"), change(report.noise_dbfs, "dBFS")]);
  if (known(report.loudness_lufs)) pairs.push([t("file.loudness"), change(report.loudness_lufs, "LUFS")]);
  if (report.seconds) pairs.push([t("file.length"), clock(report.seconds)]);
  if (report.rate) pairs.push([t("file.rate"), `${count(report.rate / 1000)} kHz`]);
  if (report.channels) pairs.push([t("file.channels"), count(report.channels)]);
  if (report.other_tracks) pairs.push([t("file.tracks"), count(1 + report.other_tracks.length)]);
  if (report.clipped) pairs.push([t("file.clipped"), count(report.clipped)]);
  pairs.push([t("file.size"), size(bytes)]);
  return pairs;
}

export class FileRow {
  #text = make("p", { className: "quiet", textContent: t("file.waiting") });
  #take = make("button", { className: "link", type: "button", textContent: t("file.remove") });
  #url = "";
  #player = null;

  /** file: what was chosen. onTake is called when the row is taken out of the list. */
  constructor(file, onTake) {
    this.file = file;
    this.state = "waiting"; // then busy, and done or failed
    this.#take.setAttribute("aria-label", t("file.remove-label", { name: file.name }));
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
    this.#become("busy", t("file.busy"));
  }

  fail(reason) {
    this.#become("failed", capital(reason));
  }

  /** Shows the result, a Blob of a name, with a picture and what the report says. */
  finish({ name, blob, picture, report }) {
    this.name = name;
    this.blob = blob;
    this.#become("done", report.loudness?.warning ? t("file.done-but", { why: said(report.loudness.warning) }) : t(report.truncated ? "file.done-cut" : "file.done"));
    this.#url = URL.createObjectURL(blob);
    const numbers = make("dl", { className: "figures" });
    showFigures(numbers, figures(report, blob.size));
    const save = make("a", { className: "button", href: this.#url, download: name, textContent: t("file.save", { name }) });
    const listen = make("details", {}, make("summary", { textContent: t("file.listen") }));
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
