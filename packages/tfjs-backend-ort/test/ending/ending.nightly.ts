import { describe, it } from 'vitest';
import { CASES, checkEnding, MORE_CASES } from './check-endings.js';

describe('fifty processes do not abort beside threads that compute', () => {
  for (const ending of [...CASES, ...MORE_CASES]) it(ending.join(', '), () => checkEnding(ending, 50));
});
