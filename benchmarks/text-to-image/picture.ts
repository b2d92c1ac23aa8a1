/**
 * Draws pictures of captions by a teacher of the web page in 34 network calls, and by its students in one.
 *
 *   npm run source -- benchmarks/text-to-image/picture.ts          writes docs/words.png
 */
import { fileURLToPath } from 'node:url';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { loadGenerator, loadTeacher, startEngine } from 'onestep';
import { drawComparisonGrid } from '../../apps/cli/src/images/comparison-grid.js';
import { canvasPng } from '../../apps/cli/src/images/write-canvas.js';

const CAPTIONS = [
  'a red star on blue',
  'a green ring on white',
  'an orange heart on black',
  'a white cross on red',
  'a purple diamond on yellow',
  // A combination that no training picture shows.
  'a blue cross on gray',
];
const STUDENTS = { 'shapes-boot': 'BOOT', 'shapes-diff-instruct': 'Diff-Instruct', 'shapes-sid': 'SiD' };
const PER_CAPTION = 3;

const model = (name: string) =>
  fileURLToPath(new URL(`../../apps/web/assets/models/${name}.safetensors`, import.meta.url));
const captions = CAPTIONS.flatMap((caption) => Array.from({ length: PER_CAPTION }, () => caption));
const request = { seeds: captions.map((_, i) => i % PER_CAPTION), prompt: captions };

await startEngine();
const teacher = await loadTeacher(model('shapes-teacher'));
const sampled = await teacher.sample({ ...request, steps: 9, guidance: { scale: 2 } });
const groups = [{ title: 'teacher, 34 calls', rows: rowsOf(sampled) }];
for (const [name, title] of Object.entries(STUDENTS)) {
  const generator = await loadGenerator(model(name));
  groups.push({ title: `${title}, 1 call`, rows: rowsOf(await generator.sample({ ...request, guidance: 2 })) });
}
const canvas = drawComparisonGrid(groups, CAPTIONS, { size: 32, channels: 3, scale: 2 });
await writeFileAtomically(fileURLToPath(new URL('../../docs/words.png', import.meta.url)), canvasPng(canvas));

function rowsOf(images: readonly { data: Uint8Array }[]): Uint8Array[][] {
  return CAPTIONS.map((_, row) => images.slice(row * PER_CAPTION, (row + 1) * PER_CAPTION).map(({ data }) => data));
}
