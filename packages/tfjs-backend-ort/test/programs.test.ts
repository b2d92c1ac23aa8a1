import { it } from 'vitest';
import { checkPrograms } from './program-checks.js';

it('random programs give the numbers of the CPU backend', async () => {
  await checkPrograms(100, 12, 7);
});
