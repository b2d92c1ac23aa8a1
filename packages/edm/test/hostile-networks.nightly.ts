import { beforeAll, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { loadMutated } from './support/hostile-networks.js';

beforeAll(startTestBackend);

it('2,000 mutated network files are networks or clear errors', async () => {
  const { problems, loaded } = await loadMutated(1000, 2000);
  expect(problems).toEqual([]);
  expect(loaded).toBeGreaterThan(50);
  console.log(`${loaded} loaded`);
});
