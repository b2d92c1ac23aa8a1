import { karrasSigma, type Denoiser } from '@onestep/diffusion-core';

/** The noise levels between which a student learns, as far as the teacher knows them. */
export interface NoiseRange {
  sigmaMin: number;
  sigmaMax: number;
}

/** The usual levels of Karras et al. 2022, 0.002 to 80, within those of the teacher. */
export function noiseRange(teacher: Denoiser): NoiseRange {
  return { sigmaMin: Math.max(0.002, teacher.sigmaMin), sigmaMax: Math.min(80, teacher.sigmaMax) };
}

/**
 * sigma(t), the rho = 7 schedule of Eq. (5), Karras et al. 2022, from sigma_min (t = 0) to sigma_max (t = 1): steps of the same size in
 * t are of about the same difficulty.
 */
export function sigmaOfTime(t: number, range: NoiseRange): number {
  return karrasSigma(1 - t, range);
}

/** How large the steps of the bootstrap are, in time. */
export interface StepSizeOptions {
  /** delta at the start. */
  delta: number;
  /** delta in the end. */
  deltaEnd: number;
  /** How long it takes from one to the other, in thousands of images; 0 for `deltaEnd` at once. */
  deltaKimg: number;
}

/**
 * delta after some images: from `delta` to `deltaEnd` by equal factors. A large step spreads the signal fast from t_max to t_min and
 * has a large discretization error; with a small one it is the other way round.
 */
export function stepSize(imagesSeen: number, { delta, deltaEnd, deltaKimg }: StepSizeOptions): number {
  const progress = deltaKimg > 0 ? Math.min(imagesSeen / (deltaKimg * 1000), 1) : 1;
  return delta * (deltaEnd / delta) ** progress;
}
