import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { examplesOf, readmeExamples, runExamples } from '../../../test-support/readme.js';
import { MODELS } from '../src/index.js';

it('the examples of the README print what they say', async () => {
  const [sampling, teaching, distilling, files, tensors] = await readmeExamples('packages/onestep');
  // A short run, in a folder for temporary files.
  const folder = "process.chdir((await import('node:fs')).mkdtempSync('/tmp/onestep-'));";
  const short = distilling!.replace('kimg: 8,', 'kimg: 0.1,').replace('\nconst teacher', `\n${folder}\nconst teacher`);
  const bare = files!.replace("'weights.pth'", JSON.stringify(`${FIXTURES}checkpoints/bare-ddpmpp.pt`));
  const printed = (await runExamples([sampling!, teaching!, short, tensors!, ...(hasFixtures ? [bare] : [])])).split(
    '\n',
  );
  expect(printed.slice(0, 5)).toEqual([
    ...['32x32x1, 1024 bytes', '10 1024'],
    ...[expect.stringMatching(/^64 \S+$/), expect.stringMatching(/^128 \S+$/)],
    '[ 1, 32, 32, 1 ]',
  ]);
  if (hasFixtures) expect(printed[5]).toMatch(/bare-ddpmpp\.pt has no settings\. .* Assumed: vp preconditioning/);
});

it('the examples of the project README make pictures', async () => {
  const [first, , words] = await examplesOf('README.md');
  const here = words!.replace("'shapes-boot.safetensors'", "'apps/web/assets/models/shapes-boot.safetensors'");
  const shown = `import { loadGenerator } from 'onestep';\n${here}\nconsole.log(star.width, star.channels);`;
  expect(await runExamples([first!, shown])).toBe('32x32, 1024 bytes\n32 3\n');
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
