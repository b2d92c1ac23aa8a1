/**
 * Draws pictures of captions by the teachers of the web page in 34 network calls, and by their students in one.
 *
 *   npm run source -- benchmarks/text-to-image/picture.ts          writes docs/words.png and docs/names.png
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { loadGenerator, loadTeacher, startEngine } from 'onestep';
import { drawComparisonGrid } from '../../apps/cli/src/images/comparison-grid.js';
import { canvasPng } from '../../apps/cli/src/images/write-canvas.js';

/** Models of one data set, by the beginnings of their files' names, with captions that show what they can. */
const FAMILIES = [
  {
    family: 'shapes',
    file: 'words.png',
    captions: [
      'a red star on blue',
      'a green ring on white',
      'an orange heart on black',
      'a white cross on red',
      'a purple diamond on yellow',
      // A combination that no training picture shows.
      'a blue cross on gray',
    ],
  },
  {
    family: 'emoji',
    file: 'names.png',
    captions: [
      'grinning face',
      'green heart',
      'smiling face with sunglasses',
      'crying cat face',
      'skull',
      'broken heart',
    ],
  },
];
const METHODS = { boot: 'BOOT', 'diff-instruct': 'Diff-Instruct', sid: 'SiD' };
const PER_CAPTION = 3;

const inTree = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const model = (name: string) => inTree(`apps/web/assets/models/${name}.safetensors`);

await startEngine();
for (const { family, file, captions } of FAMILIES) {
  const prompt = captions.flatMap((caption) => Array.from({ length: PER_CAPTION }, () => caption));
  const request = { seeds: prompt.map((_, i) => i % PER_CAPTION), prompt };
  const rowsOf = (images: readonly { data: Uint8Array }[]): Uint8Array[][] =>
    captions.map((_, row) => images.slice(row * PER_CAPTION, (row + 1) * PER_CAPTION).map(({ data }) => data));

  const teacher = await loadTeacher(model(`${family}-teacher`));
  const sampled = await teacher.sample({ ...request, steps: 9, guidance: { scale: 2 } });
  const groups = [{ title: 'teacher, 34 calls', rows: rowsOf(sampled) }];
  teacher.dispose();
  for (const [method, title] of Object.entries(METHODS)) {
    if (!existsSync(model(`${family}-${method}`))) continue;
    const generator = await loadGenerator(model(`${family}-${method}`));
    groups.push({ title: `${title}, 1 call`, rows: rowsOf(await generator.sample({ ...request, guidance: 2 })) });
    generator.dispose();
  }
  const canvas = drawComparisonGrid(groups, captions, { size: 32, channels: 3, scale: 2 });
  await writeFileAtomically(inTree(`docs/${file}`), canvasPng(canvas));
}
