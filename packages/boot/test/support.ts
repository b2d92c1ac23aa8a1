import * as tf from '@tensorflow/tfjs-core';
import type { BootDistillation, BootGenerator } from '@onestep/boot';
import { Rng } from '@onestep/random';

/** Statistics of the steps `from` to `to`. */
export async function steps(boot: BootDistillation, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await boot.step(i * boot.batchSize));
  return stats;
}

/** Images of a few latents and classes. */
export function images(generator: BootGenerator): Float32Array {
  return tf.tidy(() => {
    const { shape, data } = generator.sampleLatents(new Rng(5), 4);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 0], 'int32'), generator.labelDim) as tf.Tensor2D;
    return generator.generate(tf.tensor(data, shape), labels).dataSync().slice() as Float32Array;
  });
}
