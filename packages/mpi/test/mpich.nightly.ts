import { describe, it } from 'vitest';
import { whyNoMpi } from '../../../test-support/mpi.js';
import { checkCalls, checkFailure } from './support/check-calls.js';

const missing = whyNoMpi('MPICH');
if (missing !== null) console.warn(`Tests with MPICH are skipped: ${missing}.`);

describe.skipIf(missing !== null)('MPICH with 2 ranks', () => {
  it('sums, broadcasts and gathers', () => checkCalls('MPICH'));
  it('ends all ranks when one exits', () => checkFailure('MPICH'));
});
