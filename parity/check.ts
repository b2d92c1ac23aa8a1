import type { StateDict } from '@onestep/checkpoint';

/** A fixture: a file of reference numbers, with what was read from it. */
export interface FixtureFile {
  path: string;
  /** Empty for files that are not safetensors. */
  tensors: StateDict;
  /** The strings of its `__metadata__`. */
  metadata: Record<string, string>;
}

/** The error of one quantity. */
export interface Comparison {
  /** What was compared, in a few words. */
  quantity: string;
  /** ||a - b|| / ||b|| */
  error: number;
  tolerance: number;
  /** The kind of similar quantities: those within tolerance are printed as one line with the largest error. */
  group?: string;
}

/** A kind of fixture that the parity command can check. */
export interface Check {
  /** Its name for `--only`. */
  name: string;
  /** Whether it takes minutes and gigabytes. */
  isLarge?: boolean;
  /** Whether the file is one of this kind, judged by its contents. */
  recognizes(file: FixtureFile): boolean;
  /**
   * Recomputes everything in the file on the current tfjs engine.
   *
   * @throws if the file is incomplete, or describes something unknown
   */
  compare(file: FixtureFile): Promise<Comparison[]>;
}

/** Allowed relative errors, from the README of the fixtures. */
export const TOLERANCES = {
  output: 1e-5,
  /** D above sigma = 50 by a prediction of the noise. */
  highSigma: 1e-4,
  /** D between the noise levels of a table, which differ by their rounding. */
  betweenSteps: 1e-4,
  loss: 1e-5,
  samplerImages: 1e-4,
  gradient: 1e-4,
  /** Relative to the change of the weights by training. */
  trainedWeights: 1e-3,
  metric: 1e-6,
  inceptionFeatures: 1e-4,
  pixels: 0,
} as const;

/** Returns the comparisons beyond their tolerance. A NaN error is beyond any. */
export function beyondTolerance(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.filter(({ error, tolerance }) => !(error <= tolerance));
}

/**
 * Returns a tensor of the file.
 *
 * @throws naming it, if it is missing
 */
export function tensorOf({ tensors }: FixtureFile, name: string) {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`The file has no tensor ${name}.`);
  return tensor;
}
