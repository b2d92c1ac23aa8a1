import { karrasSigma, type Denoiser } from '@onestep/diffusion-core';

/** The options that say when the bootstrap begins and ends. */
export interface TimeOptions {
  /** The time range; 0 is the least noise level, 1 the largest. */
  tMin: number;
  tMax: number;
  /** The student's noise level at t_min. */
  initSigma: number;
}

/**
 * The noise levels of a time, for the teacher and for the student. Both are levels of the rho = 7 schedule of Eq. (5), Karras et al. 2022: steps of
 * the same size in t are of about the same difficulty.
 */
export class TimeMap {
  private readonly teacher: Denoiser;
  private readonly options: TimeOptions;
  private readonly range: { sigmaMin: number; sigmaMax: number };

  /** @throws RangeError if the student's level at t_min is not below that at t_max */
  constructor(teacher: Denoiser, options: TimeOptions) {
    this.teacher = teacher;
    this.options = options;
    this.range = { sigmaMin: Math.max(0.002, teacher.sigmaMin), sigmaMax: Math.min(80, teacher.sigmaMax) };
    const { initSigma, tMax } = options;
    if (initSigma >= this.sigma(tMax)) {
      const highest = this.sigma(tMax).toPrecision(3);
      throw new RangeError(`init_sigma must be below the noise level at t_max, ${highest}, and is ${initSigma}.`);
    }
  }

  /** sigma(t): from 0.002 (t = 0) to 80 (t = 1), as far as the teacher knows them. */
  sigma(t: number): number {
    return this.teacher.roundSigma(karrasSigma(1 - t, this.range));
  }

  /**
   * tau(t), which tells the student the time: from init_sigma at t_min to sigma(t_max) at t_max. There g(eps, t_max) = D(sigma_max eps; sigma_max), the
   * boundary condition; and at every t the student starts from what the teacher makes of pure noise at a level it was trained
   * for, which it would not at sigma(t).
   */
  tau(t: number): number {
    const { tMin, tMax, initSigma } = this.options;
    const place = (t - tMin) / (tMax - tMin);
    return this.teacher.roundSigma(karrasSigma(1 - place, { sigmaMin: initSigma, sigmaMax: this.sigma(tMax) }));
  }
}

/** How large the steps of the bootstrap are, in time. */
export interface StepSizeOptions {
  /** delta at the start. */
  delta: number;
  /** delta in the end; null for no change. */
  deltaEnd: number | null;
  /** How long it takes from one to the other, in thousands of images; 0 for `deltaEnd` at once. */
  deltaKimg: number;
}

/**
 * delta after some images: from `delta` to `deltaEnd` by equal factors. A large step spreads the signal fast from t_max to t_min and
 * has a large discretization error; with a small one it is the other way round.
 */
export function stepSize(imagesSeen: number, { delta, deltaEnd, deltaKimg }: StepSizeOptions): number {
  const progress = deltaKimg > 0 ? Math.min(imagesSeen / (deltaKimg * 1000), 1) : 1;
  return deltaEnd === null ? delta : delta * (deltaEnd / delta) ** progress;
}
