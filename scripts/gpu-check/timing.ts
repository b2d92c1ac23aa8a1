import type { Size, TorchSettings } from '../../benchmarks/train-step/settings.js';
import type { PartResult } from './part.js';

/** What is timed of benchmarks/train-step. */
export const MODES_TIMED = ['train', 'forward'] as const;

/**
 * How numbers are multiplied. `tf32` is what NVIDIA GPUs from 2020 on can do for float32, `fp16` the engines' half precision,
 * and `bf16` PyTorch's.
 */
export type Precision = 'fp32' | 'tf32' | 'fp16' | 'bf16';

/** What children/time-work.ts measures. */
export interface TimeArguments extends Size {
  /** Name of an engine, or `pytorch`. */
  engine: string;
  precision: Precision;
  /** The size, as the user chose it. */
  choice: string;
  /** How PyTorch computes; null for an engine. */
  torch: (TorchSettings & { python: string }) | null;
  threads: number;
  /** Folder for the weights and the random numbers of this network, shared by its parts. */
  exchange: string;
}

/** The figures of a part that times. Modes are missing where it ended before. */
export interface Times extends Partial<Record<(typeof MODES_TIMED)[number], ModeTimes>> {
  engine: string;
  precision: Precision;
  choice: string;
  batch: number;
}

/** Times of training steps or forward passes. */
export interface ModeTimes {
  /** The engine, as it describes itself. */
  name: string;
  parameters: number;
  /** Median and best of a step, with its loss or its images read. */
  median_ms: number;
  min_ms: number;
  repetitions: number;
  images_per_second: number;
  /** Largest resident memory of the process, MB. */
  host_mb: number;
  /** Memory of the GPU that the process holds at its end, which is all that it has ever needed; null if unknown. */
  gpu_mb: number | null;
  /** Losses (forward: mean square of the images) of the first repetitions. */
  values: number[][];
}

/** The times among results, also of parts that failed later. */
export function timesIn(results: readonly PartResult[]): Times[] {
  const timing = results.filter(({ kind, figures }) => kind === 'time' && 'engine' in figures);
  return timing.map(({ figures }) => figures as unknown as Times);
}

/** Largest accepted difference of the first loss, and of the images' mean square, in float32. */
const TOLERANCE = 1e-3;

/**
 * The times in float32 of the same network whose numbers the others are compared with: PyTorch's, else those of the first engine.
 * Undefined if there are none.
 */
export function findReference(choice: string, all: readonly Times[]): Times | undefined {
  const candidates = all.filter((times) => times.choice === choice && times.precision === 'fp32');
  return candidates.find(({ engine }) => engine === 'pytorch') ?? candidates[0];
}

/** Difference of the first loss, or of the images' mean square, relative to the reference; null if one of them is missing. */
export function differenceFrom(reference: ModeTimes | undefined, times: ModeTimes | undefined): number | null {
  const [expected, actual] = [reference?.values[0]?.[0], times?.values[0]?.[0]];
  return expected === undefined || actual === undefined ? null : Math.abs(actual - expected) / Math.abs(expected);
}

/** Finds a mode in which float32 differs too much from the reference; null if there is none. */
export function findDisagreement(times: Times, others: readonly Times[]): string | null {
  if (times.precision !== 'fp32') return null;
  const reference = findReference(times.choice, others);
  for (const mode of MODES_TIMED) {
    const difference = differenceFrom(reference?.[mode], times[mode]);
    if (difference !== null && !(difference < TOLERANCE)) {
      return `not the numbers of ${reference!.engine}: ${mode} differs by ${difference.toExponential(0)}`;
    }
  }
  return null;
}
