import { beforeAll, describe, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectSameTraining, TRAININGS } from './support/shared-training.js';

beforeAll(() => startTestBackend());

describe('processes that share a training', () => {
  it.each(TRAININGS)('%s: 50 iterations of 1, 2, 3 and 4 processes are the same', (_, create) =>
    expectSameTraining(create, { processes: [2, 3, 4], steps: 50 }),
  );
});
