import * as tf from '@tensorflow/tfjs-core';
import { boot, bootstrapTarget, noiseImage, TimeMap, type SolverName } from '@onestep/boot';
import { LabelPrior, type Denoiser } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

/** Parts of the time, as in the statistics of a training. */
const BINS = 5;
/** Steps of second order along a path: fine enough that their number does not matter. */
const STEPS = 40;
const PATHS = 64;

/** The increments of the bootstrap along the teacher's own paths, in one part of the time. */
export interface TrueIncrement {
  /** `t0.0-0.2` and so on. */
  bin: string;
  /** Root mean square of y_s - y_t, the mean over paths. */
  increment: number;
  /** The same relative to the root mean square of y_t. */
  relative: number;
}

/**
 * Follows the teacher's paths and measures the increments on them, which are those of a perfect student.
 *
 * @param preset of BOOT, whose solver and delta are used
 */
export async function trueIncrements(teacher: Denoiser, preset: 'small' | 'toy'): Promise<TrueIncrement[]> {
  const options = boot.settle(boot.presets[preset]!.options);
  const time = new TimeMap(teacher, options);
  const { imgResolution: size, imgChannels: channels } = teacher;
  const rng = new Rng(0, 'true-increments');
  const shape: [number, number, number, number] = [PATHS, size, size, channels];
  const eps = tf.tensor4d(rng.normal(PATHS * size * size * channels), shape);
  const labels = labelsFor(teacher, rng);
  const f = (x: tf.Tensor4D, sigma: tf.Tensor1D) => teacher.denoise(x, sigma, { labels });
  const at = (t: number) => tf.fill([PATHS], time.sigma(t)) as tf.Tensor1D;
  const step = (y: tf.Tensor4D, t: number, s: number, solver: SolverName) =>
    tf.tidy(() => bootstrapTarget({ y, teacher: f, eps, sigmaT: at(t), sigmaS: at(s), solver }).target);
  let y = tf.tidy(() => f(noiseImage(at(1), eps), at(1)));
  const found: { t: number; increment: number; relative: number }[] = [];
  for (let i = 0; i < STEPS; i++) {
    const t = 1 - (i + 0.5) / STEPS;
    const middle = step(y, 1 - i / STEPS, t, 'exponential-heun');
    const target = step(middle, t, Math.max(t - options.delta, 0), options.solver);
    const [increment, relative] = tf.tidy(() => {
      const rms = (x: tf.Tensor) => tf.sqrt(tf.mean(tf.square(x), [1, 2, 3]));
      const size = rms(tf.sub(target, middle));
      return [tf.mean(size).dataSync()[0]!, tf.mean(tf.div(size, rms(middle))).dataSync()[0]!];
    });
    found.push({ t, increment, relative });
    const next = step(middle, t, 1 - (i + 1) / STEPS, 'exponential-heun');
    tf.dispose([y, middle, target]);
    y = next;
  }
  tf.dispose([y, eps, labels ?? []]);
  return Array.from({ length: BINS }, (_, bin) => {
    const own = found.filter(({ t }) => Math.floor(t * BINS) === bin);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    return {
      bin: `t${(bin / BINS).toFixed(1)}-${((bin + 1) / BINS).toFixed(1)}`,
      increment: mean(own.map(({ increment }) => increment)),
      relative: mean(own.map(({ relative }) => relative)),
    };
  });
}

function labelsFor(teacher: Denoiser, rng: Rng): tf.Tensor2D | undefined {
  if (teacher.labelDim === 0) return undefined;
  const prior = new LabelPrior(teacher);
  return tf.tensor2d(prior.vectors(prior.draw(rng, PATHS)), [PATHS, teacher.labelDim]);
}
