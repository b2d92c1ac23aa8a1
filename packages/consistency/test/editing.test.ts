import { expect, it } from 'vitest';
import { examplesOf, runExample } from '../../../test-support/readme.js';

it('the editing of docs/few-steps.md runs: inpainting keeps what is known, and latents are walked', async () => {
  const [example] = await examplesOf('docs/few-steps.md');
  expect(await runExample(example!)).toBe('true\n5\n');
});
