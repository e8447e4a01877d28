// Which microphone, which preset, and what latency the network may have.
import { get } from "./api.js";
import { byId, make, setText } from "./dom.js";

/** Fills a <select> unless it holds the same already. */
function fill(select, options) {
  const same = select.options.length === options.length && options.every(([value, text], i) => select.options[i].value === value && select.options[i].text === text);
  if (!same) select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text })));
}

/** Keeps what a path lists, asking again when the sign changes or the line comes back. */
function follow(c, path, sign, show) {
  let seen = null;
  let asking = false;
  c.on("state", () => (seen = null));
  c.on("status", async (s) => {
    if (asking || seen === sign(s)) return;
    asking = true;
    const now = sign(s);
    try {
      show(await get(path), s);
      seen = now;
    } catch {
      // Without a sound server there are no devices: the next status asks again.
    }
    asking = false;
  });
}

export function startDevices(c) {
  const select = byId("device");
  const standard = byId("default");
  let devices = [];

  const show = (s) => {
    const usual = devices.find((d) => d.name === s.default_source && d.name !== s.sink);
    const options = [["", usual ? `Default: ${usual.description}` : "System default"]];
    // What an output plays is no microphone, and ours would feed back into itself.
    for (const d of devices) if (!d.monitor && d.name !== s.sink) options.push([d.name, d.description || d.name]);
    if (s.device && !options.some(([name]) => name === s.device)) options.push([s.device, `${s.device} (unplugged)`]);
    fill(select, options);
    if (select.value !== s.device) select.value = s.device;
    const is = Boolean(s.sink) && s.default_source === s.sink;
    setText(standard, is ? "All apps use Stillmic: give the microphone back" : "Use Stillmic in all apps");
    standard.dataset.on = String(is);
  };
  follow(c, "/v1/devices", (s) => `${s.devices_changed} ${s.source} ${s.server}`, (list) => {
    devices = list;
    show(c.status);
  });
  c.on("status", show);
  select.addEventListener("change", () => c.change("/v1/device", { device: select.value }));
  standard.addEventListener("click", () => c.change("/v1/default", { on: standard.dataset.on !== "true" }));
}

// What each preset is for, as the tray says it.
const labels = {
  call: "For calls", podcast: "For podcasts", interview: "For interviews",
  transcribe: "For transcripts", gentle: "Gentle", max: "Maximum",
};

export function startPresets(c) {
  const select = byId("preset");
  let presets = [];

  const show = (s) => {
    fill(select, [["", "Own settings"], ...presets.map((p) => [p.name, labels[p.name] ?? p.name])]);
    if (select.value !== s.preset) select.value = s.preset;
    setText(byId("preset-help"), presets.find((p) => p.name === s.preset)?.description ?? "Strength and voice as set here.");
  };
  follow(c, "/v1/presets", () => "once", (list) => {
    presets = list;
    show(c.status);
  });
  c.on("status", show);
  select.addEventListener("change", () => c.change("/v1/preset", { preset: select.value }));
}

export function startLatency(c) {
  const select = byId("budget");
  c.on("status", (s) => {
    if (select.value !== s.latency_budget) select.value = s.latency_budget;
    const now = s.model_in_use === s.model ? "" : `, now ${s.model_in_use}`; // the machine is too slow
    setText(byId("budget-help"), `Network: ${s.model}${now}`);
  });
  select.addEventListener("change", () => c.change("/v1/latency", { latency: select.value }));
}
