import { karrasSigmaAt, type Denoiser } from '@onestep/diffusion-core';

/**
 * Options that set where the bootstrap begins and ends.
 *
 * @internal
 */
export interface TimeOptions {
  /** The time range; 0 is the lowest noise level, 1 the highest. */
  tMin: number;
  tMax: number;
  /** The student's noise level at t_min. */
  initSigma: number;
}

/**
 * The noise levels of a time, for the teacher and for the student. Both follow the rho = 7 schedule of Eq. (5),
 * Karras et al. 2022, so that steps of the same size in t are about equally difficult.
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

  /** sigma(t): from 0.002 (t = 0) to 80 (t = 1), within the range of the teacher. */
  sigma(t: number): number {
    return this.teacher.roundSigma(karrasSigmaAt(t, this.range));
  }

  /**
   * tau(t), which encodes the time for the student: from init_sigma at t_min to sigma(t_max) at t_max. At t_max
   * g(eps, t_max) = D(sigma_max eps; sigma_max), which is the boundary condition. At every t the student starts
   * from what the teacher makes of pure noise at a level that it was trained for, unlike with sigma(t).
   */
  tau(t: number): number {
    const { tMin, tMax, initSigma } = this.options;
    const place = (t - tMin) / (tMax - tMin);
    return this.teacher.roundSigma(karrasSigmaAt(place, { sigmaMin: initSigma, sigmaMax: this.sigma(tMax) }));
  }
}

/**
 * Sizes of the steps of the bootstrap, in time.
 *
 * @internal
 */
export interface StepSizeOptions {
  /** delta at the start. */
  delta: number;
  /** delta at the end; null for no change. */
  deltaEnd: number | null;
  /** Thousands of images from `delta` to `deltaEnd`; 0 for `deltaEnd` at once. */
  deltaKimg: number;
}

/**
 * delta after `imagesSeen` images: from `delta` to `deltaEnd` by equal factors. A large step brings the signal
 * fast from t_max to t_min and has a large discretization error. A small one is slow and accurate.
 *
 * @internal
 */
export function stepSize(imagesSeen: number, { delta, deltaEnd, deltaKimg }: StepSizeOptions): number {
  const progress = deltaKimg > 0 ? Math.min(imagesSeen / (deltaKimg * 1000), 1) : 1;
  return deltaEnd === null ? delta : delta * (deltaEnd / delta) ** progress;
}
