import type { EmaSegment } from './ema-history.js';
import { emaDecayOf, type EmaLength } from './ema-length.js';

/** The steps of a training, from its start. */
export interface TrainingSteps {
  /** Images seen after each step. */
  images: Float64Array;
  /** Images in each step. */
  batches: Float64Array;
}

/**
 * How much the weights after each step count in an average: its profile, p. After step k, p(k) = 1 - beta_k, and all
 * earlier ones have been multiplied by beta_k. The initial weights are step 0; all of p sums to 1.
 */
export interface EmaProfile {
  /** beta_k of each step, from step 1; at least `steps`. Profiles of one average at different times share the array. */
  decays: Float64Array;
  /** The step after which the average was taken. */
  steps: number;
}

/** The steps of a training from the parts of its history. @param images seen at its end */
export function trainingSteps(history: readonly EmaSegment[], images: number): TrainingSteps {
  const count = eachStep(history, images, () => undefined);
  const steps = { images: new Float64Array(count), batches: new Float64Array(count) };
  eachStep(history, images, ({ batch }, from, k) => {
    steps.images[k] = from + batch;
    steps.batches[k] = batch;
  });
  return steps;
}

/** The decays of an average that was kept during a training. @param images seen at its end */
export function recordedDecays(history: readonly EmaSegment[], images: number): Float64Array {
  const decays = new Float64Array(eachStep(history, images, () => undefined));
  const decayOf = new Map(history.map(({ length }) => [length, emaDecayOf(length)]));
  eachStep(history, images, ({ batch, length }, from, k) => {
    decays[k] = decayOf.get(length)!(batch, from);
  });
  return decays;
}

/** The decays that an average of a length would have had in these steps. */
export function decaysOf(length: EmaLength, { images, batches }: TrainingSteps): Float64Array {
  const decay = emaDecayOf(length);
  return images.map((after, k) => decay(batches[k]!, after - batches[k]!));
}

/**
 * Adds a profile, number by number, to the numbers of each step.
 *
 * @param sum [steps + 1] or more: p(0), ..., p(steps) are added
 */
export function addProfile(sum: Float64Array, { decays, steps }: EmaProfile, scale = 1): Float64Array {
  let later = scale;
  for (let k = steps; k >= 1; k--) {
    sum[k]! += later * (1 - decays[k - 1]!);
    later *= decays[k - 1]!;
  }
  sum[0]! += later;
  return sum;
}

/**
 * Inner products of profiles, <p, q> = sum over the steps of p(k) q(k), without the profiles themselves: those of two
 * running averages follow from those of the step before.
 *
 * @returns one row for each of `a`, one column for each of `b`
 */
export function innerProducts(a: readonly EmaProfile[], b: readonly EmaProfile[]): Float64Array[] {
  const times = [...new Set([...a, ...b].map(({ steps }) => steps))].sort((x, y) => x - y);
  const place = new Map(times.map((time, i) => [time, i]));
  const running = memoize((p: Float64Array) => memoize((q: Float64Array) => runningProducts(p, q, times)));
  const fading = memoize((decays: Float64Array) => fadingBetween(decays, times));
  const left = memoize((late: EmaProfile) => {
    const shares = fading(late.decays);
    const products = new Float64Array(times.length).fill(1);
    for (let i = place.get(late.steps)! - 1; i >= 0; i--) products[i] = products[i + 1]! * shares[i]!;
    return products;
  });
  return a.map((p) =>
    Float64Array.from(b, (q) => {
      // The earlier one has stood still since it was taken, and in the later one all that was there has faded.
      const [early, late] = p.steps <= q.steps ? [p, q] : [q, p];
      const at = place.get(early.steps)!;
      return running(p.decays)(q.decays)[at]! * left(late)[at]!;
    }),
  );
}

/** Inner products of two running averages at some times, as far as both go. */
function runningProducts(p: Float64Array, q: Float64Array, times: readonly number[]): Float64Array {
  const products = new Float64Array(times.length).fill(NaN);
  let product = 1;
  let step = 0;
  for (const [i, time] of times.entries()) {
    if (time > Math.min(p.length, q.length)) break;
    for (; step < time; step++) {
      product = p[step]! * q[step]! * product + (1 - p[step]!) * (1 - q[step]!);
    }
    products[i] = product;
  }
  return products;
}

/** The share of an average at each of these times that is left in it at the next time. */
function fadingBetween(decays: Float64Array, times: readonly number[]): Float64Array {
  return Float64Array.from(times.slice(1), (end, i) =>
    decays.subarray(times[i]!, end).reduce((product, decay) => product * decay, 1),
  );
}

/** Remembers the results of a function. */
function memoize<K extends object, V>(f: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    const value = known.get(key) ?? f(key);
    known.set(key, value);
    return value;
  };
}

/** Calls `f` for each step of a history. @returns their number */
function eachStep(
  history: readonly EmaSegment[],
  images: number,
  f: (segment: EmaSegment, from: number, k: number) => void,
): number {
  let k = 0;
  for (const [i, segment] of history.entries()) {
    const end = history[i + 1]?.from ?? images;
    for (let from = segment.from; from < end; from += segment.batch) f(segment, from, k++);
  }
  return k;
}
