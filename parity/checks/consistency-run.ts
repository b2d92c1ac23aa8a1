import type { ImageBatchSource } from '@onestep/diffusion-core';
import { MaskRng } from '@onestep/random';
import { tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { relativeError } from '../fixture-tensors.js';

/** Allowed relative errors of ECT and TCM, from the README of their fixtures. */
export const CONSISTENCY_LIMITS = {
  times: 1e-6,
  output: 1e-5,
  loss: 3e-5,
  /** Small distances over t - r. */
  gradients: { whole: 2e-4, each: 5e-4 },
} as const;

/** Allowed error of a tensor after training in addition to that of its change, as a share of its weights. */
export const ROUNDING = 1e-7;

/** For trainings whose images are passed to each step. */
export const NO_DATA: ImageBatchSource = {
  next: () => Promise.reject(new Error('The images are those of the file.')),
  state: () => null,
  restore() {},
};

/** A source of masks for networks without dropout. */
export const unusedMasks = () => new MaskRng([0, 0]);

/** Comparisons with the tensors of a file whose names share a prefix. */
export class Comparisons {
  readonly all: Comparison[] = [];

  constructor(
    private readonly file: FixtureFile,
    private readonly prefix = '',
  ) {}

  /** Compares with the file's tensor of this name. */
  add(name: string, actual: ArrayLike<number>, tolerance: number): void {
    const expected = tensorOf(this.file, `${this.prefix}${name}`).data as Float32Array;
    const quantity = `${this.prefix}${name}`.replaceAll(/[._]/g, ' ');
    this.all.push({ quantity, error: relativeError(actual, expected), tolerance });
  }

  append(comparisons: readonly Comparison[]): void {
    this.all.push(...comparisons);
  }
}

/** @throws naming the metadata entry that is not a number */
export function readNumber(metadata: Readonly<Record<string, string>>, name: string): number {
  const value = Number(metadata[name]);
  if (metadata[name] !== undefined && Number.isFinite(value)) return value;
  throw new Error(`The metadata entry ${name} must be a number, not ${String(metadata[name])}.`);
}
