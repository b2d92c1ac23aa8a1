/** Settings of SiD. Names follow the published training script; see the package's README for the paper's symbols. */
export interface SidOptions {
  /** Images per step. */
  batch: number;
  /** Images worked on at once; a batch is accumulated from as many rounds as it takes. */
  batchGpu: number;
  /** Weight of the naive loss that is subtracted; 1.2 is published as best, 1.0 is safer. */
  alpha: number;
  /** Largest time at which scores are compared, in thousandths. */
  tmax: number;
  /** Noise level at which the student is evaluated. */
  initSigma: number;
  /** Learning rate of the fake score network. */
  lr: number;
  /** Learning rate of the generator. */
  glr: number;
  /** Adam's beta1 of the generator. */
  gBeta1: number;
  /** Scale of the fake score network's loss. */
  ls: number;
  /** Scale of the generator's loss. */
  lsg: number;
  /** Half-life of the generator's averaged weights, in thousands of images. */
  emaHalflifeKimg: number;
  /** The half-life is at most this share of the images seen so far; null for no such bound. */
  emaRampUpRatio: number | null;
  /** Probability of each class; null is uniform. */
  classProbabilities: readonly number[] | null;
  /** Of all random streams. */
  seed: number;
}

/** The published defaults. */
export const SID_DEFAULTS: SidOptions = {
  batch: 512,
  batchGpu: 512,
  alpha: 1.2,
  tmax: 800,
  initSigma: 2.5,
  lr: 1e-5,
  glr: 1e-5,
  gBeta1: 0,
  ls: 1,
  lsg: 100,
  emaHalflifeKimg: 500,
  emaRampUpRatio: 0.05,
  classProbabilities: null,
  seed: 0,
};

/** Fills in the defaults. @throws RangeError naming an option that cannot be */
export function sidOptions(given: Partial<SidOptions>): SidOptions {
  const options = { ...SID_DEFAULTS, ...given };
  options.batchGpu = Math.min(given.batchGpu ?? options.batch, options.batch);
  const { batch, batchGpu, tmax, initSigma, gBeta1 } = options;
  const require = (condition: boolean, message: string) => {
    if (!condition) throw new RangeError(message);
  };
  require(Number.isInteger(batch) && batch >= 1, `The batch is 1 or more images, not ${batch}.`);
  require(Number.isInteger(batchGpu) &&
    batchGpu >= 1 &&
    batch % batchGpu ===
      0, `A batch of ${batch} cannot be worked through ${batchGpu} images at a time: choose a divisor of it.`);
  require(tmax > 0 && tmax <= 1000, `tmax must be above 0 and at most 1000, not ${tmax}.`);
  require(initSigma > 0, `init_sigma must be positive, not ${initSigma}.`);
  require(gBeta1 >= 0 && gBeta1 < 1, `g_beta1 must be at least 0 and below 1, not ${gBeta1}.`);
  return options;
}
