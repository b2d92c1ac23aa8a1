import * as tf from '@tensorflow/tfjs-core';
import { kd, type KdDistillation, type KdOptions } from '@onestep/kd';
import { PairsInMemory, samplePairs, shufflePairs, type Denoiser, type PairSet } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';

/** `count` pairs of a teacher, in memory. */
export async function pairsOf(denoiser: Denoiser, count: number, steps = 3): Promise<PairSet> {
  const seeds = Array.from({ length: count }, (_, i) => i);
  return new PairsInMemory(await samplePairs({ denoiser, seeds, options: { steps } }), denoiser);
}

/** A small network with labels. */
export const network = () =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: 3, hidden: 8, sigmaData: 0.5 }, new Rng(1));

/** The pairs of {@link start}, made once. */
let made: Promise<PairSet> | undefined;

/** A distillation of a small network with labels. */
export async function start(options: Partial<KdOptions> = {}): Promise<KdDistillation> {
  const teacher = network();
  made ??= pairsOf(teacher, 6);
  const pairs = shufflePairs(await made, 1);
  return kd.create({ teacher, pairs, options: { batch: 4, glr: 1e-3, emaHalfLifeKimg: 0.01, ...options } });
}

/** Statistics of the steps `from` to `to`. */
export async function steps(run: KdDistillation, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}

/** Images of a few latents and classes. */
export function images({ generator }: KdDistillation): Float32Array {
  return tf.tidy(() => {
    const { shape, data } = generator.sampleLatents(new Rng(5), 4);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), generator.labelDim) as tf.Tensor2D;
    return generator.generate(tf.tensor(data, shape), labels).dataSync().slice() as Float32Array;
  });
}
