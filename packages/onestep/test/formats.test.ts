import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { permuteAxes, toFloat32, type StateDict } from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import { completeNetworkSettings, settingsFromPublished } from '@onestep/edm';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { openNetwork } from '../src/index.js';

const FOLDER = `${FIXTURES}checkpoints/`;
const BARE = ['bare-ddpmpp.pt', 'bare-ncsnpp.safetensors', 'bare-adm.safetensors', 'bare-fastgen.pth'];

beforeAll(startTestBackend);

/** A tensor of a fixture, NCHW, as NHWC. */
function images(tensors: StateDict, name: string): tf.Tensor4D {
  const { shape } = tensors[name]!;
  const data = permuteAxes(toFloat32(tensors[name]!), shape, [0, 2, 3, 1]);
  return tf.tensor4d(data, [shape[0]!, shape[2]!, shape[3]!, shape[1]!]);
}

function relativeError(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!);
}

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('bare weights of published networks', () => {
  it.each(BARE)('%s has the settings and the output of its network', async (file) => {
    const { tensors, metadata } = await readSafetensors(`${FOLDER}${file.replace(/\.\w+$/, '')}.expected.safetensors`);
    // Contents say what a file is: the bytes alone have no name.
    const { network, role, note } = await openNetwork(readFileSync(FOLDER + file), { name: 'weights' });
    const kwargs = JSON.parse(metadata.kwargs!) as Record<string, unknown>;
    const stated = settingsFromPublished(metadata.precond!, {
      img_resolution: Number(metadata.img_resolution),
      img_channels: Number(metadata.img_channels),
      label_dim: Number(metadata.label_dim),
      ...kwargs,
      dropout: 0,
    });
    expect(network.settings).toEqual(completeNetworkSettings(stated));
    expect(role).toBeNull();
    expect(note).toMatch(/^weights has no settings\. Its weights are those of .*Assumed: edm preconditioning/);
    const labels = tensors.class_labels;
    const y = network.denoise(images(tensors, 'x'), tf.tensor1d(toFloat32(tensors.sigma!)), {
      labels: labels && tf.tensor2d(toFloat32(labels), labels.shape as [number, number]),
    });
    expect(relativeError(y, images(tensors, 'y'))).toBeLessThan(1e-5);
    network.module.dispose();
  });
});
