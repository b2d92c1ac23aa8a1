import type { StateDict } from '@onestep/checkpoint';

/** A file of reference numbers. */
export interface FixtureFile {
  /** Where it is. */
  path: string;
  /** Empty for files that are no safetensors. */
  tensors: StateDict;
  /** The free-form strings of its `__metadata__`. */
  metadata: Record<string, string>;
}

/** How far one quantity is from its reference. */
export interface Comparison {
  /** What was compared, in a few words. */
  quantity: string;
  /** ||a - b|| / ||b|| */
  error: number;
  tolerance: number;
  /** The kind of many similar quantities: those within tolerance are printed as one line, with the largest error. */
  group?: string;
}

/** Something the parity command knows how to check. */
export interface Check {
  /** What `--only` calls it. */
  name: string;
  /** Whether it takes minutes and gigabytes. */
  isLarge?: boolean;
  /** Whether the file, by its contents, is one of these. */
  recognizes(file: FixtureFile): boolean;
  /**
   * Computes everything in the file anew on tfjs's current engine.
   *
   * @throws if the file is incomplete, or describes something that is not known here
   */
  compare(file: FixtureFile): Promise<Comparison[]>;
}

/** Allowed relative errors: the README of the fixtures. */
export const TOLERANCES = {
  output: 1e-5,
  loss: 1e-5,
  samplerImages: 1e-4,
  gradient: 1e-4,
  /** Of the change that training made. */
  trainedWeights: 1e-3,
  metric: 1e-6,
  inceptionFeatures: 1e-4,
  pixels: 0,
} as const;

/** The comparisons beyond their tolerance; an error that is no number is beyond any. */
export function beyondTolerance(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.filter(({ error, tolerance }) => !(error <= tolerance));
}

/** A tensor of the file. @throws naming it where it is missing */
export function tensorOf({ tensors }: FixtureFile, name: string) {
  const tensor = tensors[name];
  if (tensor === undefined) throw new Error(`The file has no tensor ${name}.`);
  return tensor;
}
