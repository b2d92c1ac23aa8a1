import { beforeAll, it } from 'vitest';
import { startTestBackend } from '../../../../test-support/backend.js';
import { conditionalNetwork } from '../../../../test-support/conditional-network.js';
import { expectSameInMicroBatches } from './micro-batches.js';

beforeAll(startTestBackend);

it('SiDA of a U-Net with dropout is the same in micro-batches as at once', () =>
  expectSameInMicroBatches(() => conditionalNetwork()));
