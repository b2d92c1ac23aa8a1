import * as tf from '@tensorflow/tfjs-core';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';
import type { ComparedImages } from '@onestep/score-distillation';

/** Of a micro-batch of three images. */
export const SHAPE: [number, number, number, number] = [3, 2, 2, 3];
export const PIXELS = 12;

/** D(x; sigma) of pixels that are N(mean, std^2). */
export const denoise = (x: number, sigma: number, { mean, std }: { mean: number; std: number }) =>
  mean + (std ** 2 / (std ** 2 + sigma ** 2)) * (x - mean);
const gaussian = (settings: { mean: number; std: number }) =>
  new GaussianDenoiser({ imgResolution: 2, imgChannels: 3, ...settings });
export const TEACHER = { mean: 0.4, std: 0.5 };
export const FAKE = { mean: -0.1, std: 0.8 };
export const SIGMA = [0.1, 0.7, 3];

/** The values and the gradient of a loss of x_g and the two denoised images with respect to x_g, on the way through both networks. */
export function gradientThroughNetworks(seed: number, loss: (images: ComparedImages) => tf.Tensor) {
  const rng = new Rng(seed);
  const [x, noise] = [rng.normal(3 * PIXELS), rng.normal(3 * PIXELS)];
  const images = new Parameter(tf.tensor(x, SHAPE));
  const { grads, aux } = lossAndGrads(() => {
    const xg = images.variable as tf.Tensor as tf.Tensor4D;
    const sigma = tf.tensor1d(SIGMA);
    const xt = tf.add(xg, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), tf.tensor(noise, SHAPE))) as tf.Tensor4D;
    const [fPhi, fPsi] = [gaussian(TEACHER).denoise(xt, sigma), gaussian(FAKE).denoise(xt, sigma)];
    const values = loss({ xg, fPhi, fPsi });
    return { loss: tf.sum<tf.Scalar>(values), aux: { values } };
  }, [images]);
  return { x, noise, values: aux.values.dataSync<'float32'>(), gradient: grads[0]!.dataSync() };
}
