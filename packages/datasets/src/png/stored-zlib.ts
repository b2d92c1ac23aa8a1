/** Largest size of a stored block. */
const MAX_BLOCK = 0xffff;
const ADLER_BASE = 65_521;
/** Bytes after which the remainder of the checksum's sums has to be taken, so that they stay below 2^31. */
const ADLER_RUN = 3800;

/**
 * Makes a zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4), as level 0 does. Setting up a compressor
 * would take several times as long as copying a small image.
 */
export function storeZlib(data: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(data.length / MAX_BLOCK));
  const out = Buffer.allocUnsafe(2 + 5 * blocks + data.length + 4);
  out.set([0x78, 0x01]);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const piece = data.subarray(block * MAX_BLOCK, (block + 1) * MAX_BLOCK);
    out[at] = block === blocks - 1 ? 1 : 0;
    out.writeUInt16LE(piece.length, at + 1);
    out.writeUInt16LE(~piece.length & 0xffff, at + 3);
    out.set(piece, at + 5);
    at += 5 + piece.length;
  }
  out.writeUInt32BE(adler32(data), at);
  return out;
}

/** The checksum of RFC 1950. */
function adler32(data: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < data.length; start += ADLER_RUN) {
    const end = Math.min(data.length, start + ADLER_RUN);
    for (let i = start; i < end; i++) {
      a = (a + data[i]!) | 0;
      b = (b + a) | 0;
    }
    a %= ADLER_BASE;
    b %= ADLER_BASE;
  }
  return ((b << 16) | a) >>> 0;
}
