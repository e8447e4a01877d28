// Cleans a file that is dropped on the page or chosen.
import { send } from "./api.js";
import { byId, setText, showFigures } from "./dom.js";
import { clock, count } from "./format.js";

/** What the daemon's report says, as far as the page knows it. */
function figures(report, bytes, took) {
  const pairs = [];
  if (report.seconds) pairs.push(["Length", clock(report.seconds)]);
  if (report.rate) pairs.push(["Rate", `${report.rate / 1000} kHz`]);
  if (report.channels) pairs.push(["Channels", count(report.channels)]);
  if (report.clipped) pairs.push(["Clipped samples", count(report.clipped)]);
  if (report.truncated) pairs.push(["End", "missing"]);
  pairs.push(["Size", `${(bytes / 1e6).toFixed(1)} MB`]);
  if (report.seconds) pairs.push(["Speed", `${Math.max(1, Math.round(report.seconds / took))} \u00d7 real time`]);
  return pairs;
}

function readReport(answer) {
  try {
    return JSON.parse(answer.headers.get("X-Stillmic-Report") ?? "{}");
  } catch {
    return {};
  }
}

export function startFile(c) {
  const drop = byId("drop");
  const input = byId("file");
  const say = (text) => setText(byId("file-state"), text);
  let stop = null;
  let busy = "";
  let url = "";

  const show = async (file, answer, took) => {
    const blob = await answer.blob();
    if (url) URL.revokeObjectURL(url);
    url = URL.createObjectURL(blob);
    byId("file-audio").src = url;
    const save = byId("file-save");
    save.href = url;
    save.download = `${file.name.replace(/\.[^.]*$/, "")}-clean.wav`;
    showFigures(byId("file-figures"), figures(readReport(answer), blob.size, took));
    byId("file-result").hidden = false;
    say(`Done: ${save.download} is ready to save.`);
  };

  const clean = async (file) => {
    if (stop) return c.problem(`One file at a time. Please wait until ${busy} is done.`);
    stop = new AbortController();
    busy = file.name;
    byId("file-result").hidden = true; // of the file before
    drop.classList.add("busy");
    byId("file-cancel").hidden = false;
    say(`Cleaning ${file.name} \u2026`);
    try {
      const begin = performance.now();
      const answer = await send("/v1/clean", { method: "POST", body: file, signal: stop.signal, limit: 0 });
      await show(file, answer, (performance.now() - begin) / 1000);
    } catch (error) {
      say(error.name === "AbortError" ? "Cancelled." : `${file.name}: ${error.message}`);
    }
    stop = null;
    drop.classList.remove("busy");
    byId("file-cancel").hidden = true;
  };

  input.addEventListener("change", () => {
    if (input.files[0]) clean(input.files[0]);
    input.value = ""; // the same file can be chosen again
  });
  byId("file-cancel").addEventListener("click", () => {
    stop?.abort();
    input.focus();
  });

  // A file that misses the frame must not replace the page.
  for (const e of ["dragover", "drop"]) addEventListener(e, (ev) => ev.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (ev) => {
    ev.preventDefault();
    drop.classList.remove("over");
    if (ev.dataTransfer.files.length > 1) c.problem("One file at a time: only the first is cleaned. For a whole folder use \u201cstillmic clean\u201d.");
    if (ev.dataTransfer.files[0]) clean(ev.dataTransfer.files[0]);
  });
}
