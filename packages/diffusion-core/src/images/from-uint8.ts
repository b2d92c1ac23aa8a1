/**
 * Converts bytes to pixels in [-1, 1]: byte / 127.5 - 1, as networks are trained on them.
 *
 * @internal
 */
export function fromUint8(bytes: Uint8Array): Float32Array {
  const out = new Float32Array(bytes.length);
  for (let i = 0; i < out.length; i++) out[i] = bytes[i]! / 127.5 - 1;
  return out;
}
