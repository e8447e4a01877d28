// The colours of the spectrograms: from the card's own colour over the accent
// to the opposite end, so that louder always stands out more. Both ways rise
// evenly in lightness.

export const lowest = -100; // dB re a full-scale sine
export const highest = -20;

const light = [[243, 246, 245], [190, 226, 219], [86, 176, 163], [15, 118, 110], [12, 66, 74], [10, 24, 40]];
const dark = [[11, 16, 15], [14, 56, 56], [17, 105, 98], [49, 172, 152], [150, 224, 180], [250, 252, 214]];

const darkTheme = matchMedia("(prefers-color-scheme: dark)");

/** Calls f when the theme changes. */
export const onTheme = (f) => darkTheme.addEventListener("change", f);

/** 256 colours from lowest to highest, as bytes of red, green, blue and opacity. */
export function palette() {
  const stops = darkTheme.matches ? dark : light;
  const out = new Uint8ClampedArray(256 * 4);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (stops.length - 1);
    const k = Math.min(Math.floor(at), stops.length - 2);
    for (let j = 0; j < 3; j++) out[4 * i + j] = stops[k][j] + (stops[k + 1][j] - stops[k][j]) * (at - k);
    out[4 * i + 3] = 255;
  }
  return out;
}

/** The place of a level in the palette. */
export const shade = (dB) => Math.max(0, Math.min(255, Math.round(((dB - lowest) / (highest - lowest)) * 255)));

/** Draws the palette from left to right. */
export function drawLegend(canvas) {
  canvas.width = 256;
  canvas.height = 1;
  canvas.getContext("2d").putImageData(new ImageData(palette(), 256, 1), 0, 0);
}
