// A zip of files as they are: sound is packed already. PKWARE's APPNOTE 6.3.10, without ZIP64.
import { t } from "./messages.js";

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** The CRC-32 of a Blob, read piece by piece. */
async function checksum(blob) {
  let crc = 0xffffffff;
  for (const reader = blob.stream().getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return ~crc >>> 0;
    for (const byte of value) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
}

/** Numbers as little-endian bytes: pairs of bytes and value. */
function bytes(...fields) {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [size]) => sum + size, 0)));
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return view;
}

const most = 0xffffffff; // bytes, of the whole

/** Makes a zip of [{name, blob}]; the names differ. */
export async function zip(files) {
  const parts = [];
  const index = [];
  let at = 0;
  for (const { name, blob } of files) {
    const text = new TextEncoder().encode(name);
    // Version 2.0, names in UTF-8, stored, 1 January 1980.
    const common = [[2, 20], [2, 0x800], [2, 0], [2, 0], [2, 0x21], [4, await checksum(blob)], [4, blob.size], [4, blob.size], [2, text.length], [2, 0]];
    parts.push(bytes([4, 0x04034b50], ...common), text, blob);
    index.push(bytes([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, at]), text);
    at += 30 + text.length + blob.size;
    if (at > most) throw new Error(t("files.too-large"));
  }
  const size = index.reduce((sum, part) => sum + part.byteLength, 0);
  const end = bytes([4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, at], [2, 0]);
  return new Blob([...parts, ...index, end], { type: "application/zip" });
}
