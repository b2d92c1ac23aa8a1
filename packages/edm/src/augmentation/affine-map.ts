import type { AugmentParameters } from './augment-parameters.js';
import type { AugmentSettings } from './augment-settings.js';

/** x' = a x + b y + c, y' = d x + e y + f. */
export interface AffineMap {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

const IDENTITY: AffineMap = { a: 1, b: 0, c: 0, d: 0, e: 1, f: 0 };

/** Composes two maps: first `inner`, then `outer`. */
function compose(outer: AffineMap, inner: AffineMap): AffineMap {
  return {
    a: outer.a * inner.a + outer.b * inner.d,
    b: outer.a * inner.b + outer.b * inner.e,
    c: outer.a * inner.c + outer.b * inner.f + outer.c,
    d: outer.d * inner.a + outer.e * inner.d,
    e: outer.d * inner.b + outer.e * inner.e,
    f: outer.d * inner.c + outer.e * inner.f + outer.f,
  };
}

const scaling = (x: number, y: number): AffineMap => ({ ...IDENTITY, a: x, e: y });
const translation = (x: number, y: number): AffineMap => ({ ...IDENTITY, c: x, f: y });
const rotation = (angle: number): AffineMap => {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return { ...IDENTITY, a: cos, b: -sin, d: sin, e: cos };
};

/**
 * Computes the map from each point of the transformed image to its origin, in pixels from the image's center:
 * G^-1 = S^-1(s, s) R^-1(-w) R^-1(r) S^-1(s', 1/s') R^-1(-r) T^-1, the inverses of scale, rotation, stretch and move.
 *
 * @param size side of the image
 * @returns null for the identity
 */
export function inverseGeometry(
  size: number,
  { scale, rotateFrac, aniso, translateFrac: [moveX, moveY] }: AugmentParameters,
  { scaleStd, anisoStd, translateFracStd }: AugmentSettings,
): AffineMap | null {
  const factors: AffineMap[] = [];
  if (scale !== 0) {
    const s = 2 ** (scale * scaleStd);
    factors.push(scaling(1 / s, 1 / s));
  }
  if (rotateFrac !== 0) factors.push(rotation(rotateFrac));
  if (aniso.w !== 0) {
    const s = 2 ** (aniso.w * anisoStd);
    factors.push(rotation(-aniso.r), scaling(1 / s, s), rotation(aniso.r));
  }
  if (moveX !== 0 || moveY !== 0) {
    factors.push(translation(-moveX * translateFracStd * size, -moveY * translateFracStd * size));
  }
  return factors.length === 0 ? null : factors.reduce(compose);
}
