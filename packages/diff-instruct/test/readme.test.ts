import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the examples of the README run, distill a teacher in under 25 lines, and print what they say', async () => {
  const examples = await readmeExamples('packages/diff-instruct');
  expect(examples[0]!.trimEnd().split('\n').length).toBeLessThan(25);
  expect(await runExample(examples.join('\n'))).toBe('0.4 0.5\n0.4\n');
});
