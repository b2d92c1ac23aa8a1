import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { networks } from '../../../parity/checks/networks.js';
import { TEST_BACKEND } from '../../../test-support/backend.js';
import { hasFixtures } from '../../../test-support/fixtures.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(networks, 'networks', /\.safetensors$/);

describe.runIf(hasFixtures && TEST_BACKEND === 'ort')('on ONNX Runtime', () => {
  it('none of their operations needed a CPU kernel', () => {
    const engine = tf.backend() as unknown as { counters(): { fallbacks: object } };
    expect(engine.counters().fallbacks).toEqual({});
  });
});
