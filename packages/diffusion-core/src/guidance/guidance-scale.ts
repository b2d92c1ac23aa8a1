import { number, type Check } from '../method/option-checks.js';

/**
 * Scales of guidance: one, or the range of those that a student takes as an input (Meng et al. 2023, "On distillation of guided
 * diffusion models"; Gu et al. 2023).
 */
export type GuidanceScale = number | readonly [low: number, high: number];

/** Whether scales are a range, and not one. */
export function isScaleRange(scale: unknown): scale is readonly [low: number, high: number] {
  return Array.isArray(scale) && scale.length === 2 && scale.every(number().accepts) && scale[0] < scale[1];
}

/** One scale of guidance, or the two ends of a range of scales. */
export const guidanceScale: Check<GuidanceScale> = {
  expected: 'one scale, such as 2, or a range from a smaller to a larger one, such as 1,4',
  placeholder: 'w',
  accepts: (value) => number().accepts(value) || isScaleRange(value),
  parse(text) {
    const scales = text.split(',').map((part) => number().parse(part) ?? NaN);
    const value = scales.length === 1 ? scales[0]! : scales;
    return guidanceScale.accepts(value) ? (value as GuidanceScale) : undefined;
  },
};

/**
 * Draws the scales of `n` images: uniformly from a range, or the one scale.
 *
 * @param uniform draws from a range
 */
export function drawScales(
  scale: GuidanceScale,
  n: number,
  uniform: (n: number, low: number, high: number) => ArrayLike<number>,
): Float32Array {
  return typeof scale === 'number' ? new Float32Array(n).fill(scale) : Float32Array.from(uniform(n, ...scale));
}

/** Scales in text: `2`, `1 to 4`. */
export function describeScale(scale: GuidanceScale): string {
  return [scale].flat().join(' to ');
}
