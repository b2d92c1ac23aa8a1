import { it } from 'vitest';
import { checkSecondInterrupt } from './support/second-interrupt.js';

it('a second Ctrl-C ends a training without an abort, and leaves whole files only', async () => {
  await checkSecondInterrupt(2);
});
