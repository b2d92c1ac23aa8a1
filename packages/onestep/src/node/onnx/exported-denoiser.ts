import type * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import {
  describeNetwork,
  exampleLabels,
  labelInput,
  type ExportedNetwork,
  type OnnxDescription,
} from './exported-network.js';

/** Noise levels that a denoiser is tried at, where it knows them. */
const TRIED_SIGMAS = [0.05, 0.7, 20];

/** A diffusion model: inputs `x`, `sigma` and `labels`, output `denoised`. */
export function exportedDenoiser(denoiser: Denoiser, description: OnnxDescription): ExportedNetwork {
  const { imgResolution: size, imgChannels: channels, labelDim, sigmaMin, sigmaMax } = denoiser;
  const shape = [1, size, size, channels];
  const images = `float32 [batch, ${size}, ${size}, ${channels}]`;
  const sigmaAt = (i: number) => Math.min(Math.max(TRIED_SIGMAS[i % TRIED_SIGMAS.length]!, sigmaMin), sigmaMax);
  return {
    compute: (x, sigma, labels) => ({
      denoised: denoiser.denoise(x as tf.Tensor4D, sigma as tf.Tensor1D, { labels: labels as tf.Tensor2D | undefined }),
    }),
    inputs: {
      x: { shape, about: `${images}: noisy images y + sigma n, with y in [-1, 1] and n standard normal` },
      sigma: { shape: [1], about: 'float32 [batch]: noise level of each image' },
      ...labelInput(denoiser),
    },
    output: { name: 'denoised', about: `${images}: D(x; sigma), the expected clean images, about [-1, 1]` },
    metadata: {
      ...describeNetwork('denoiser', description),
      sigma_min: String(sigmaMin),
      sigma_max: String(sigmaMax),
    },
    example(n) {
      const sigma = Float32Array.from({ length: n }, (_, i) => sigmaAt(i));
      const pixels = size * size * channels;
      const x = new Rng(n, 'onnx')
        .normal(n * pixels)
        .map((value, i) => value * Math.max(sigma[Math.floor(i / pixels)]!, 1));
      return {
        x: { shape: [n, ...shape.slice(1)], data: x },
        sigma: { shape: [n], data: sigma },
        ...exampleLabels(labelDim, n),
      };
    },
  };
}
