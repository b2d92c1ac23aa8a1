import { beforeAll, describe, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectSameTraining, TRAININGS } from './support/shared-training.js';

/** One training of each loop, and those whose losses are coupled over the batch; the others are in `processes.nightly.ts`. */
const TRIED = ['edm train', 'sida', 'f-distill', 'boot', 'kd', 'ect'];

beforeAll(() => startTestBackend());

describe('processes that share a training', () => {
  it.each(TRAININGS.filter(([name]) => TRIED.includes(name)))(
    '%s: three are as one, with unequal shares',
    (_, create) => expectSameTraining(create, { processes: [3], steps: 2 }),
  );
});
