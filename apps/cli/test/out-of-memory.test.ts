import { expect, it } from 'vitest';
import { outcomeOf } from '../src/outcome.js';

it('memory that runs out is told with a way out, not with a stack trace', () => {
  let error: unknown;
  try {
    // More than any address space.
    new ArrayBuffer(2 ** 52);
  } catch (reason) {
    error = reason;
  }
  expect(outcomeOf(error)).toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(
      /^Memory ran out \(Array buffer allocation failed\)\. Compute fewer images/,
    ) as unknown,
  });
});
