// Which microphone, which preset, and what latency the network may have.
import { get } from "./api.js";
import { byId, make, setText } from "./dom.js";
import { said, t } from "./messages.js";

/** Fills a <select> unless it holds the same already. */
export function fill(select, options) {
  const same = select.options.length === options.length && options.every(([value, text], i) => select.options[i].value === value && select.options[i].text === text);
  if (!same) select.replaceChildren(...options.map(([value, text]) => make("option", { value, textContent: text })));
}

/** Offers devices in a <select>, and the chosen one, too, while it is unplugged. */
function offer(select, options, chosen) {
  if (chosen && !options.some(([name]) => name === chosen)) options.push([chosen, t("unplugged", { name: chosen })]);
  fill(select, options);
  if (select.value !== chosen) select.value = chosen;
}

/** Keeps what a path lists, asking again when the sign changes or the line comes back. */
export function follow(c, path, sign, show) {
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
    const options = [["", usual ? t("microphone.default-is", { name: usual.description }) : t("microphone.default")]];
    // What an output plays is no microphone, and ours would feed back into itself.
    for (const d of devices) if (!d.monitor && d.name !== s.sink) options.push([d.name, d.description || d.name]);
    offer(select, options, s.device);
    const is = Boolean(s.sink) && s.default_source === s.sink;
    setText(standard, t(is ? "use-all-on" : "use-all"));
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

// What a preset is for, as the tray says it; the texts lack none of the built-in ones.
const label = (name) => t(`preset.${name}`);

export function startPresets(c) {
  const select = byId("preset");
  let presets = [];

  const show = (s) => {
    fill(select, [["", t("preset.own")], ...presets.map((p) => [p.name, label(p.name)])]);
    if (select.value !== s.preset) select.value = s.preset;
    setText(byId("preset-help"), t(s.preset ? `preset.${s.preset}-help` : "preset.own-help"));
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
    // Another one is in use on battery, or while the machine is too slow.
    const key = s.model_in_use === s.model ? "latency.network" : "latency.now";
    setText(byId("budget-help"), `${t("latency.help")} ${t(key, { name: s.model, now: s.model_in_use })}`);
  });
  select.addEventListener("change", () => c.change("/v1/latency", { latency: select.value }));
}

/** The page's own way to a print, where the daemon names the command. */
const onPage = (text) => (text.includes("stillmic voiceprint enroll") ? t("focus.enrol", { me: t("focus.me"), title: t("enrol.title") }) : text);

/** Whose voices stay in the microphone, and what becomes of that. */
export function startFocus(c) {
  const select = byId("focus");
  c.on("status", (s) => {
    if (select.value !== s.focus.mode) select.value = s.focus.mode;
    const told = s.focus.other ? t("focus.other") : s.focus.reason ? t("focus.heard", { why: onPage(said(s.focus.reason)) }) : t("focus.help");
    setText(byId("focus-help"), told);
  });
  // What is refused, without a voice print, leaves the choice as it was.
  select.addEventListener("change", () => c.change("/v1/focus", { mode: select.value }, onPage));
}

// What others say, cleaned by a virtual output, and what loudspeakers play, kept out of the microphone.
export function startOthers(c) {
  const speaker = byId("speaker");
  const echo = byId("echo");
  const device = byId("speaker-device");
  let outputs = [];

  const showDevice = (s) => {
    byId("speaker-device-field").hidden = !s.speaker.on;
    const options = [["", t("microphone.default")], ...outputs.map((o) => [o.name, o.description || o.name])];
    offer(device, options, s.speaker.device);
  };
  follow(c, "/v1/outputs", (s) => `${s.devices_changed} ${s.speaker.output} ${s.speaker.on} ${s.server}`, (list) => {
    outputs = list;
    showDevice(c.status);
  });
  device.addEventListener("change", () => c.change("/v1/speaker", { device: device.value }));
  c.on("status", (s) => {
    const now = s.speaker.on ? s.speaker.strength : "off";
    if (![...speaker.options].some((o) => o.value === now)) speaker.add(new Option(now, now)); // a number of dB
    if (speaker.value !== now) speaker.value = now;
    showDevice(s);
    const { state, cable } = s.speaker; // a cable is what PortAudio has in place of Stillmic Speaker
    const key = state === "not possible" ? "speaker.no-cable" : cable ? "speaker.cable" : "speaker.help";
    setText(byId("speaker-help"), t(key, { name: cable }));
    if (echo.value !== s.echo.mode) echo.value = s.echo.mode;
  });
  speaker.addEventListener("change", () => {
    const on = speaker.value !== "off";
    c.change("/v1/speaker", on ? { on, strength: speaker.value } : { on });
  });
  echo.addEventListener("change", () => c.change("/v1/echo", { mode: echo.value }));
}
