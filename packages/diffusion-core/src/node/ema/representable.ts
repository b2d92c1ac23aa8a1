import { describeEma, type EmaLength } from '../../ema/ema-length.js';
import { decaysOf, type TrainingSteps } from '../../ema/ema-profile.js';
import type { profileFitter } from '../../ema/fit-profile.js';
import { lengthsOf, type StoredEma } from './stored-emas.js';

/** Lengths that are tried, of each kind. */
const TRIALS = 14;
/** Shortest width that is tried. */
const SMALLEST_WIDTH = 0.005;
const LARGEST_WIDTH = 0.28;

/** What is asked of stored averages. */
interface Question {
  fit: ReturnType<typeof profileFitter>;
  steps: TrainingSteps;
  /** The step after which the average is wanted. */
  at: number;
  averages: readonly StoredEma[];
  maxError: number;
}

/** Says which lengths stored averages can represent, and what would help. */
export function describeRepresentable({ fit, steps, at, averages, maxError }: Question): string {
  const images = steps.images[at - 1]!;
  const batch = steps.batches[at - 1]!;
  const lengths = lengthsOf(averages);
  const ratio = lengths.find((length) => 'halfLifeKimg' in length)?.rampUpRatio ?? null;
  const canBe = (length: EmaLength) => fit({ decays: decaysOf(length, steps), steps: at }).error <= maxError;
  const halfLives = ranges(batch / 1000, images / 1000, (kimg) => canBe({ halfLifeKimg: kimg, rampUpRatio: ratio }));
  const widths = ranges(SMALLEST_WIDTH, LARGEST_WIDTH, (sigmaRel) => canBe({ sigmaRel }));
  const found = [
    ...halfLives.map(([from, to]) => `half-lives from ${text(from / 1000)} to ${text(to / 1000)} million images`),
    ...widths.map(([from, to]) => `relative widths from ${text(from)} to ${text(to)}`),
  ];
  const kept = lengths.map(describeEma).join(', ');
  const times = new Set(averages.map(({ record }) => record.images)).size;
  const can = found.length === 0 ? 'They can represent no other length.' : `They can represent ${found.join('; ')}.`;
  return (
    `${can} They are ${kept}, at ${times} ${times === 1 ? 'time' : 'times'}: snapshots more often (--snap), or EMAs of ` +
    'more lengths (--ema, --ema-rel), represent more.'
  );
}

/** Ranges of a logarithmic scale in which a condition holds. */
function ranges(from: number, to: number, holds: (value: number) => boolean): [number, number][] {
  const values = Array.from({ length: TRIALS }, (_, i) => from * (to / from) ** (i / (TRIALS - 1)));
  const found: [number, number][] = [];
  let isOpen = false;
  for (const value of values) {
    const isIn = holds(value);
    if (isIn && isOpen) found.at(-1)![1] = value;
    else if (isIn) found.push([value, value]);
    isOpen = isIn;
  }
  return found.filter(([start, end]) => end > start);
}

function text(value: number): string {
  return String(Number(value.toPrecision(2)));
}
