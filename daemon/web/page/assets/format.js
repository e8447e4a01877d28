// Numbers for people, as their language writes them.
import { language, t } from "./messages.js";

export const number = (v, digits) => v.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "\u2212");

export const decibels = (v, digits = 0) => (v <= -99.5 ? t("silent") : `${number(v, digits)} dB`);
export const milliseconds = (v) => (v > 0 ? `${number(v, v < 10 ? 1 : 0)} ms` : "\u2013");
export const percent = (v, digits = 0) => `${number(v, digits)} %`;
export const count = (v) => v.toLocaleString(language);

/** Microseconds: 850 \u00b5s, 1.2 ms. */
export const micro = (us) => (us < 1000 ? `${Math.round(us)} \u00b5s` : `${number(us / 1000, us < 10000 ? 1 : 0)} ms`);

/** A sentence, with a capital letter. */
export const capital = (text) => text.replace(/^./, (letter) => letter.toUpperCase());

/** Names in one line: "Zoom, OBS". */
export const names = (list) => list.join(", ");

/** Seconds as m:ss, or h:mm:ss. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (v) => String(v).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
