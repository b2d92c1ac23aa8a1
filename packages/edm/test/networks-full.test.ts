import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { PreconditionedNetwork, settingsFromPublished } from '../src/index.js';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  matrixFrom,
  relativeError,
  toFileOrder,
} from '../../../test-support/fixtures.js';

/** FNV-1a of a name's bytes, 32 bits. */
function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Gives every parameter the weights that the reference numbers were made with: a function of its name. */
function setFormulaWeights(network: Module): void {
  for (const [name, parameter] of network.namedParameters()) {
    const { fileShape } = parameter;
    const size = fileShape.reduce((a, b) => a * b, 1);
    const isMatrix = fileShape.length >= 2;
    const scale = isMatrix ? Math.sqrt(3 / (size / fileShape[0]!)) : name.endsWith('weight') ? 0.2 : 0.1;
    const offset = !isMatrix && name.endsWith('weight') ? 1 : 0;
    const data = new Float32Array(size);
    let s = fnv1a(name);
    for (let i = 0; i < size; i++) {
      s = (Math.imul(1664525, s) + 1013904223) >>> 0;
      data[i] = offset + (2 * (s / 2 ** 32) - 1) * scale;
    }
    parameter.upload({ shape: fileShape, data });
  }
}

// Skipped where the folder of reference numbers is not there, and on the plain JavaScript backend, which would take
// minutes for networks of this size.
describe.skipIf(!hasFixtures || TEST_BACKEND === 'cpu')(
  'full-size networks against the published implementation',
  () => {
    beforeAll(startTestBackend);

    it.each(['cifar10-ddpmpp-uncond', 'imagenet64-adm-cond'])('%s: output', async (name) => {
      const { tensors, metadata } = await readSafetensors(`${FIXTURES}networks-full/${name}.safetensors`);
      const args = JSON.parse(metadata.kwargs!) as Record<string, unknown>;
      const { img_resolution, img_channels, label_dim } = metadata;
      const wrapper = {
        img_resolution: Number(img_resolution),
        img_channels: Number(img_channels),
        label_dim: Number(label_dim),
      };
      const network = new PreconditionedNetwork(settingsFromPublished('EDMPrecond', { ...wrapper, ...args }), null);
      setFormulaWeights(network);
      const y = network.denoise(imagesFrom(tensors.x!), tf.tensor1d(tensors.sigma!.data as Float32Array), {
        labels: tensors.class_labels && matrixFrom(tensors.class_labels),
      });
      const error = relativeError(await toFileOrder(y), tensors.y!.data as Float32Array);
      network.dispose();
      if (process.env.ONESTEP_PRINT_ERRORS) console.log(name, error);
      expect(error).toBeLessThan(1e-5);
    });
  },
);
