import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { examplesOf, runExamples } from '../../../test-support/readme.js';
import { ROOT } from '../src/repository.js';

/** What the last line of an example prints, as its comment says. */
const statedOutput = (example: string): string => /console\.log\(.*\); \/\/ (.*)\n$/.exec(example)![1]!;

it('the examples of the guide print what they say', async () => {
  const pages = readdirSync(join(ROOT, 'docs/guide')).map((name) => `docs/guide/${name}`);
  const examples = (await Promise.all(pages.map(examplesOf))).flat();
  expect(examples.length).toBeGreaterThanOrEqual(4);
  const lines = (await runExamples(examples)).trimEnd().split('\n');
  expect(lines).toEqual(examples.map(statedOutput));
});
