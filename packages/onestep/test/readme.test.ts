import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { readmeExamples, runExample } from '../../../test-support/readme.js';
import { MODELS } from '../src/index.js';

it('the examples of the README print what they say', async () => {
  const [sampling, teaching, distilling, files, tensors] = await readmeExamples('packages/onestep');
  expect(await runExample(sampling!)).toBe('32x32x1, 1024 bytes\n');
  expect(await runExample(teaching!)).toBe('10 1024\n');
  // A short run, in a folder for temporary files.
  const folder = "process.chdir((await import('node:fs')).mkdtempSync('/tmp/onestep-'));";
  const short = distilling!.replace('kimg: 8,', 'kimg: 0.1,').replace('\nconst teacher', `\n${folder}\nconst teacher`);
  expect(await runExample(short)).toMatch(/^64 \S+\n128 \S+\n$/);
  if (hasFixtures) {
    const bare = files!.replace("'weights.pth'", JSON.stringify(`${FIXTURES}checkpoints/bare-ddpmpp.pt`));
    expect(await runExample(bare)).toMatch(/bare-ddpmpp\.pt has no settings\. .* Assumed: vp preconditioning/);
  }
  expect(await runExample(tensors!)).toMatch(/\[ 1, 32, 32, 1 \]/);
});

it('the cards say the same in the README, in the assets and in the code', async () => {
  const [readme, card] = await Promise.all(
    ['README.md', 'assets/README.md'].map((name) => readFile(new URL(`../${name}`, import.meta.url), 'utf8')),
  );
  for (const { teacher, generator } of Object.values(MODELS)) {
    for (const { file, quality } of [teacher ?? [], generator].flat()) {
      expect(readme).toContain(`${quality.fid}, ${quality.evaluations}`);
      const section = card!.split('\n## ').find((text) => text.startsWith(file))!;
      expect(section).toContain(`FID ${quality.fid}, IS ${quality.is}`);
    }
  }
});
