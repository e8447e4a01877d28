// Cleans files that are dropped on the page or chosen, one after the other: the daemon has
// one processor for them.
import { read, send } from "./api.js";
import { byId, make, setText } from "./dom.js";
import { FileRow } from "./filerow.js";
import { t } from "./messages.js";
import { fill, follow } from "./pickers.js";
import { zip } from "./zip.js";

const askEvery = 500; // ms

/** A name of the result that no other one has. */
function nameOf(file, result, taken) {
  const suffix = /\.[^.]*$/;
  const stem = file.name.replace(suffix, "");
  const end = suffix.exec(result)?.[0] ?? ".wav";
  for (let n = 1; ; n++) {
    const name = `${stem}-clean${n > 1 ? `-${n}` : ""}${end}`;
    if (!taken.has(name)) return name;
  }
}

function readReport(answer) {
  try {
    return JSON.parse(answer.headers.get("X-Stillmic-Report") ?? "{}");
  } catch {
    return {};
  }
}

export function startFiles(c) {
  const drop = byId("drop");
  const input = byId("file");
  const list = byId("files");
  const preset = byId("file-preset");
  const loudness = byId("file-loudness");
  const rows = [];
  let stop = null; // of the file that is cleaned now
  let packed = "";

  const done = () => rows.filter((r) => r.state === "done");
  const say = (text) => setText(byId("file-state"), text);

  const show = () => {
    const left = rows.filter((r) => r.state === "waiting" || r.state === "busy").length;
    const failed = rows.filter((r) => r.state === "failed").length;
    const parts = [];
    if (left) parts.push(t("files.to-go", { n: left }));
    if (done().length) parts.push(t("files.done", { n: done().length }));
    if (failed) parts.push(t("files.failed", { n: failed }));
    say(parts.join(", ") || t("files.kinds"));
    if (!left && parts.length) setText(byId("file-told"), parts.join(", ")); // all at once, not each of a hundred
    drop.classList.toggle("busy", Boolean(left));
    byId("file-all").hidden = done().length < 2;
    byId("file-clear").hidden = !rows.length;
  };

  /** Sends a file until it is its turn: another page may have one cleaned. */
  const ask = async (path, file) => {
    for (;;) {
      try {
        return await send(path, { method: "POST", body: file, signal: stop.signal, limit: 0, headers: { Accept: "multipart/form-data" } });
      } catch (error) {
        if (error.status !== 409) throw error;
      }
      await new Promise((again) => setTimeout(again, askEvery));
    }
  };

  const clean = async (row) => {
    const query = new URLSearchParams({ name: row.file.name });
    if (preset.value) query.set("preset", preset.value);
    if (loudness.value) query.set("loudness", loudness.value);
    const answer = await ask(`/v1/clean?${query}`, row.file);
    const form = await read(answer, "formData", stop.signal);
    const result = form.get("recording");
    const taken = new Set(done().map((r) => r.name));
    row.finish({ name: nameOf(row.file, result.name, taken), blob: result, picture: form.get("picture"), report: readReport(answer) });
  };

  const work = async () => {
    if (stop) return; // it comes to all of them
    for (let row; (row = rows.find((r) => r.state === "waiting")); ) {
      stop = new AbortController();
      row.busy();
      show();
      try {
        await clean(row);
      } catch (error) {
        if (rows.includes(row)) row.fail(error.message);
      }
      show();
    }
    stop = null;
  };

  const take = (row) => {
    if (row.state === "busy") stop.abort();
    rows.splice(rows.indexOf(row), 1);
    row.remove();
    show();
    input.focus(); // the button that was pressed has gone
  };

  const add = (files) => {
    for (const file of files) {
      const row = new FileRow(file, take);
      rows.push(row);
      list.append(row.element);
    }
    show();
    work();
  };

  byId("file-clear").addEventListener("click", () => {
    for (const row of [...rows]) take(row);
  });
  byId("file-all").addEventListener("click", async () => {
    try {
      const archive = await zip(done());
      if (packed) URL.revokeObjectURL(packed);
      packed = URL.createObjectURL(archive);
      make("a", { href: packed, download: "stillmic-clean.zip" }).click();
    } catch (error) {
      c.problem(error.message);
    }
  });
  // One is heard at a time.
  list.addEventListener("click", (ev) => {
    for (const row of rows) if (!row.element.contains(ev.target)) row.hush();
  });
  input.addEventListener("change", () => {
    add([...input.files]);
    input.value = ""; // the same file can be chosen again
  });

  // A file that misses the frame must not replace the page.
  for (const e of ["dragover", "drop"]) addEventListener(e, (ev) => ev.preventDefault());
  drop.addEventListener("dragover", () => drop.classList.add("over"));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (ev) => {
    ev.preventDefault();
    drop.classList.remove("over");
    add([...ev.dataTransfer.files]);
  });

  const help = () => setText(byId("file-preset-help"), preset.value ? t(`preset.${preset.value}-help`) : t("files.preset-none-help"));
  preset.addEventListener("change", help);
  follow(c, "/v1/presets", () => "once", (list) => {
    const now = preset.value;
    fill(preset, [["", t("files.preset-none")], ...list.map((p) => [p.name, t(`preset.${p.name}`)])]);
    preset.value = now;
    help();
  });
}
