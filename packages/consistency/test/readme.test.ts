import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the example of the README runs, distills a teacher in under 25 lines, and prints what it says', async () => {
  const [example] = await readmeExamples('packages/consistency');
  expect(example!.trimEnd().split('\n').length).toBeLessThan(25);
  expect(await runExample(example!)).toBe('all eight\n');
});
