import * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import {
  describeNetwork,
  exampleLabels,
  labelInput,
  type ExportedNetwork,
  type OnnxDescription,
} from './exported-network.js';

/** A one-step generator: inputs `z` and `labels`, output `images`. */
export function exportedGenerator(
  generator: Generator,
  description: OnnxDescription & { initSigma?: number },
): ExportedNetwork {
  const { imgResolution: size, imgChannels: channels, labelDim } = generator;
  const { shape } = generator.sampleLatents(new Rng(0), 1);
  const { initSigma } = description;
  return {
    compute: (z, labels) => ({
      images: tf.clipByValue(generator.generate(z!, labels as tf.Tensor2D | undefined), -1, 1),
    }),
    inputs: {
      z: { shape, about: `float32 [${['batch', ...shape.slice(1)].join(', ')}]: standard normal noise` },
      ...labelInput(generator),
    },
    output: {
      name: 'images',
      about: `float32 [batch, ${size}, ${size}, ${channels}]: images in [-1, 1]; bytes are trunc(clip(127.5 x + 128, 0, 255))`,
    },
    metadata: {
      ...describeNetwork('generator', description),
      ...(initSigma !== undefined && { init_sigma: String(initSigma) }),
    },
    example: (n) => ({ z: generator.sampleLatents(new Rng(n, 'onnx'), n), ...exampleLabels(labelDim, n) }),
  };
}
