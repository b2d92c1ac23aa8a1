import { it } from 'vitest';
import { checkPrograms } from './program-checks.js';

it('random programs give the numbers of the CPU backend', async () => {
  await checkPrograms(Number(process.env.RUNS ?? 60), 12, Number(process.env.SEED ?? 7));
});
