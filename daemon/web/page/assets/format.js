// Numbers for people.

const minus = (text) => text.replace("-", "\u2212");

export const decibels = (v, digits = 0) => (v <= -99.5 ? "silent" : `${minus(v.toFixed(digits))} dB`);
export const milliseconds = (v) => (v > 0 ? `${v.toFixed(v < 10 ? 1 : 0)} ms` : "\u2013");
export const percent = (v, digits = 0) => `${v.toFixed(digits)} %`;
export const count = (v) => v.toLocaleString("en");

/** Microseconds: 850 µs, 1.2 ms. */
export const micro = (us) => (us < 1000 ? `${Math.round(us)} \u00b5s` : `${(us / 1000).toFixed(us < 10000 ? 1 : 0)} ms`);

/** Seconds as m:ss, or h:mm:ss. */
export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (v) => String(v).padStart(2, "0");
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}
