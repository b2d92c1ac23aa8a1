import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { cd } from '@onestep/consistency';
import { savedState, startStudent, steps } from './support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('a training state that does not fit changes nothing', async () => {
  const run = startStudent(cd as never, { seed: 1 });
  await steps(run, 0, 2);
  const before = await savedState(run);
  const other = await savedState(startStudent(cd as never, { seed: 2 }));
  delete (other.values.random as Record<string, unknown>).noise;
  await expect(run.restore(other)).rejects.toThrow('noise');
  await expect(run.restore({ ...before, values: { ...before.values, method: 'sid' } })).rejects.toThrow(
    'saved by sid, not cd: resume a run with the method that trained it',
  );
  expect(await savedState(run)).toEqual(before);
});
