import * as tf from '@tensorflow/tfjs-core';
import { kd, type KdDistillation, type KdOptions } from '@onestep/kd';
import { PairsInMemory, samplePairs, shufflePairs, type Denoiser, type PairSet } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';

/** `count` pairs of a teacher, in memory. */
export async function pairsOf(denoiser: Denoiser, count: number, steps = 3): Promise<PairSet> {
  const seeds = Array.from({ length: count }, (_, i) => i);
  return new PairsInMemory(await samplePairs({ denoiser, seeds, options: { steps } }), denoiser);
}

/** A distillation of a small network with labels. */
export async function start(options: Partial<KdOptions> = {}): Promise<KdDistillation> {
  const teacher = conditionalNetwork();
  const pairs = shufflePairs(await pairsOf(teacher, 6), 1);
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
