import {
  GUIDANCE_OPTIONS,
  guidanceOf,
  guideDenoiser,
  isScaleRange,
  type Denoiser,
  type GuidanceOptions,
} from '@onestep/diffusion-core';

/**
 * The teacher as a method guides it, for measuring how far its student is: at the middle of a range of scales, where students with an
 * input for the scale are measured.
 *
 * @param options of the method, complete
 * @param weaker the network that guides, if there is one
 */
export function guidedTeacher(
  teacher: Denoiser,
  options: Readonly<Record<string, unknown>>,
  weaker: Denoiser | undefined,
): Denoiser {
  const entries = Object.keys(GUIDANCE_OPTIONS).map((name) => [name, options[name] ?? null] as const);
  const guidance = guidanceOf(Object.fromEntries(entries) as GuidanceOptions, teacher, weaker);
  if (guidance === undefined) return teacher;
  const { scale } = guidance;
  return guideDenoiser(teacher, { ...guidance, scale: isScaleRange(scale) ? (scale[0] + scale[1]) / 2 : scale });
}
