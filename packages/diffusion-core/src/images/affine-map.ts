/**
 * x' = a x + b y + c, y' = d x + e y + f.
 *
 * @internal
 */
export interface AffineMap {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/**
 * The map that changes nothing.
 *
 * @internal
 */
export const IDENTITY_MAP: AffineMap = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0 };

/**
 * Composes two maps: first `inner`, then `outer`.
 *
 * @internal
 */
export function composeMaps(outer: AffineMap, inner: AffineMap): AffineMap {
  return {
    a: outer.a * inner.a + outer.b * inner.d,
    b: outer.a * inner.b + outer.b * inner.e,
    c: outer.a * inner.c + outer.b * inner.f + outer.c,
    d: outer.d * inner.a + outer.e * inner.d,
    e: outer.d * inner.b + outer.e * inner.e,
    f: outer.d * inner.c + outer.e * inner.f + outer.f,
  };
}

/**
 * Scales x and y.
 *
 * @internal
 */
export const scalingMap = (x: number, y: number): AffineMap => ({ ...IDENTITY_MAP, a: x, e: y });

/**
 * Moves by x and y.
 *
 * @internal
 */
export const translationMap = (x: number, y: number): AffineMap => ({ ...IDENTITY_MAP, c: x, f: y });

/**
 * Rotates from x to y, by an angle in radians.
 *
 * @internal
 */
export const rotationMap = (angle: number): AffineMap => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { ...IDENTITY_MAP, a: cos, b: -sin, d: sin, e: cos };
};
