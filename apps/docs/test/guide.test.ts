import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examplesOf, runExample } from '../../../test-support/readme.js';
import { ROOT } from '../src/repository.js';

/** What the last line of an example prints, as its comment says. */
const statedOutput = (example: string): string => /console\.log\(.*\); \/\/ (.*)\n$/.exec(example)![1]!;

it('the examples of the guide print what they say', async () => {
  const pages = readdirSync(join(ROOT, 'docs/guide')).map((name) => `docs/guide/${name}`);
  const examples = (await Promise.all(pages.map(examplesOf))).flat();
  expect(examples.length).toBeGreaterThanOrEqual(4);
  for (const example of examples) expect(await runExample(example)).toBe(`${statedOutput(example)}\n`);
});
