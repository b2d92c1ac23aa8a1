/** Biased float32 exponent of the smallest normal half-precision number, 2^-14. */
const MIN_NORMAL = 113;
/** Subnormal half-precision numbers are multiples of this. */
const QUANTUM = 2 ** -24;

/** Rounds to the nearest half-precision numbers (IEEE 754 binary16, ties to even), returned as float32. */
export function roundToHalf(values: Float32Array): Float32Array {
  const out = values.slice();
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < out.length; i++) {
    const b = bits[i]!;
    if (((b >>> 23) & 0xff) < MIN_NORMAL) out[i] = roundToEven(values[i]! / QUANTUM) * QUANTUM;
    else bits[i] = (b + 0xfff + ((b >>> 13) & 1)) & 0xffffe000;
    if (Math.abs(out[i]!) > 65504) out[i] = Math.sign(out[i]!) * Infinity;
  }
  return out;
}

function roundToEven(x: number): number {
  const shift = 1.5 * 2 ** 52;
  return x + shift - shift;
}
