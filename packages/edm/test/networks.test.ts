import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { networks } from '../../../parity/checks/networks.js';
import { TEST_BACKEND } from '../../../test-support/backend.js';
import { describeParity, describeParityIn } from '../../../test-support/parity.js';

describeParity(networks, 'networks', /\.safetensors$/);

// Encoder and decoder types, filters, embeddings and other options that no published configuration has.
const OPTIONS = fileURLToPath(new URL('data/networks', import.meta.url));
describeParityIn(networks, OPTIONS, 'options of the networks, as PyTorch computes them (test/data/networks.py)');

it.runIf(TEST_BACKEND === 'ort')('on ONNX Runtime none of their operations needed a CPU kernel', () => {
  const engine = tf.backend() as unknown as { counters(): { fallbacks: object } };
  expect(engine.counters().fallbacks).toEqual({});
});
