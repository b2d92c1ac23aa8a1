/**
 * The 12 coefficients of the symlet "sym6" (Daubechies 1992), which add up to sqrt(2). The filter is orthogonal to its
 * own shifts by two, so doubling the resolution with it and halving it again changes nothing.
 *
 * @internal
 */
export const SYM6 = [
  0.015404109327027373, 0.0034907120842174702, -0.11799011114819057, -0.048311742585633, 0.4910559419267466,
  0.787641141030194, 0.3379294217276218, -0.07263753278646252, -0.021060292512300564, 0.04472490177066578,
  0.0017677118642428036, -0.007800708325034148,
] as const;
