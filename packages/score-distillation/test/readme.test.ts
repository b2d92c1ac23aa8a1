import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the method in the README runs, finds the teacher, and prints what it says', async () => {
  const [example] = await readmeExamples('packages/score-distillation');
  expect(await runExample(example!)).toBe('0.4 0.5\n');
});
