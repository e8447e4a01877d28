// The last seconds, from the daemon's memory: a WAV file of three channels, of 16 bit at 48 kHz.
import { read, send } from "./api.js";

const rate = 48000;
const channels = 3;
const headerBytes = 44;

/** The daemon's file as {raw, clean, removed}: Blobs, WAV files of one channel. */
export async function fetchReplay(tracks) {
  const file = await read(await send("/v1/replay.wav", { limit: 60000 }), "arrayBuffer");
  const samples = new Int16Array(file.slice(dataBegin(new DataView(file))));
  return Object.fromEntries(tracks.map((name, track) => [name, wav(samples.filter((_, i) => i % channels === track))]));
}

/** Where the samples begin: after the header of the chunk "data". */
function dataBegin(view) {
  for (let at = 12; ; at += 8 + view.getUint32(at + 4, true)) {
    if (view.getUint32(at) === 0x64617461) return at + 8; // "data"
  }
}

/** A WAV file of one channel. */
function wav(samples) {
  const head = new DataView(new ArrayBuffer(headerBytes));
  const text = (at, s) => [...s].forEach((c, i) => head.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  head.setUint32(4, headerBytes - 8 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true); // bytes of the format
  head.setUint16(20, 1, true); // PCM
  head.setUint16(22, 1, true); // channel
  head.setUint32(24, rate, true);
  head.setUint32(28, 2 * rate, true); // bytes a second
  head.setUint16(32, 2, true); // bytes a frame
  head.setUint16(34, 16, true); // bits
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples], { type: "audio/wav" });
}
