import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('the sampling examples of the README run, and print what it says', async () => {
  const examples = await readmeExamples('packages/diffusion-core');
  const output = await runExample(examples.slice(0, 5).join('\n'));
  expect(output).toMatch(/^35 Uint8Array\(8\) \[[\d,\s]+\]\n512\n8\n157\.4\n0\.53\n0\.73\n$/);
});

it('the example of post-hoc EMA has the errors that the README says', async () => {
  const examples = await readmeExamples('packages/diffusion-core');
  const output = await runExample(examples.at(-1)!);
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const said = /The example prints ([^\n]*)\.\n/.exec(readme)![1]!.split(', ');
  expect(
    output
      .trim()
      .split('\n')
      .map((line) => line.replace(' ', ': ')),
  ).toEqual(said);
});
