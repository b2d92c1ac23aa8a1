import { describe, it } from 'vitest';
import { CASES, checkEnding } from './check-endings.js';

describe('a process does not abort beside threads that compute', () => {
  for (const ending of CASES) it(ending.join(', '), () => checkEnding(ending, 1));
});
