import { it } from 'vitest';
import { checkPrograms } from './program-checks.js';

it('many long random programs agree with the CPU backend', async () => {
  await checkPrograms(4000, 40, Date.now());
});
