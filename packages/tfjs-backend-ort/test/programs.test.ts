import { it } from 'vitest';
import { checkPrograms } from './program-checks.js';

it('random programs agree with the CPU backend', async () => {
  await checkPrograms(100, 12, 7);
});
