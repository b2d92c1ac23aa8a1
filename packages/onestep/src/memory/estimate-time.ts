import * as tf from '@tensorflow/tfjs-core';
import type { NetworkCost, TrainingCost } from '@onestep/diffusion-core';

/** The trial: a convolution of this many images, pixels a side, channels in and out, and its kernel. */
const TRIAL = { images: 8, size: 32, channels: 64, kernel: 3 };
const REPETITIONS = 4;

/**
 * Measures how many multiplications a second the current engine computes in a convolution, in a fraction of a second. A
 * training reaches a part of it.
 */
export async function measureSpeed(): Promise<number> {
  const { images, size, channels, kernel } = TRIAL;
  const x = tf.ones([images, size, size, channels]) as tf.Tensor4D;
  const weights = tf.ones([kernel, kernel, channels, channels]) as tf.Tensor4D;
  const once = async () => {
    const y = tf.tidy(() => tf.sum(tf.conv2d(x, weights, 1, 'same')));
    await y.data();
    y.dispose();
  };
  // The first call compiles.
  await once();
  let fastest = Infinity;
  for (let i = 0; i < REPETITIONS; i++) {
    const from = performance.now();
    await once();
    fastest = Math.min(fastest, (performance.now() - from) / 1000);
  }
  tf.dispose([x, weights]);
  return (images * size ** 2 * channels ** 2 * kernel ** 2) / fastest;
}

/**
 * Estimates the time of a training, in seconds: right to a factor of about two. After its first steps a run knows better.
 *
 * @param work `images` are those of the whole training; `speed` is {@link measureSpeed}'s
 */
export function estimateSeconds({
  network,
  images,
  passes,
  speed,
}: Pick<TrainingCost, 'passes'> & { network: NetworkCost; images: number; speed: number }): number {
  return (network.multiplications * passes * images) / speed;
}
