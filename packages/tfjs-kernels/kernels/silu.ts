/** Rounded down, so that exp(LIMIT) is finite. */
const LIMIT: f32 = 88;
const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts (Cody & Waite 1980): the first has so few bits that its products with the exponents are exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/**
 * exp of four numbers, within 2 units in the last place; polynomial of Cephes' expf (Moshier 1989). Arguments beyond +-88 count as
 * that. NaN remains NaN.
 */
function exp4(x: v128): v128 {
  x = f32x4.min(f32x4.max(x, f32x4.splat(-LIMIT + 1)), f32x4.splat(LIMIT));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(LOG2_E)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(LN2_LOW)));
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), f32x4.add(r, f32x4.splat(1)));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, power);
}

/** SiLU of four numbers: x / (1 + exp(-x)). */
export function silu4(x: v128): v128 {
  return f32x4.div(x, f32x4.add(exp4(f32x4.neg(x)), f32x4.splat(1)));
}

export function silu(x: usize, out: usize, size: i32): void {
  const end = x + ((<usize>size) << 2);
  const whole = x + ((<usize>(size & ~3)) << 2);
  for (; x < whole; x += 16, out += 16) v128.store(out, silu4(v128.load(x)));
  for (; x < end; x += 4, out += 4) v128.store32_lane(out, silu4(v128.load32_zero(x)), 0);
}
