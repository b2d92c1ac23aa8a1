import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CaptionMeter, measuringCaptions } from '@onestep/datasets';
import { loadGenerator, startEngine } from 'onestep';
import { beforeAll, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../assets/models/', import.meta.url));
const STUDENTS = readdirSync(FOLDER).filter(
  (name) => /^shapes-.*\.safetensors$/.test(name) && !name.includes('teacher'),
);

beforeAll(async () => void (await startEngine()));

it.each(STUDENTS)('%s makes what captions say in one step, most of them right in everything', async (name) => {
  const generator = await loadGenerator(FOLDER + name);
  const captions = measuringCaptions(16, 'one-thing');
  const images = await generator.sample({ seeds: captions.map((_, i) => i), prompt: captions, guidance: 2 });
  const meter = new CaptionMeter();
  for (const [i, { data }] of images.entries()) meter.add(data, captions[i]!);
  const { seen, heldOut } = meter.counts();
  expect(seen.all.right).toBeGreaterThanOrEqual(12);
  expect(heldOut.all.right).toBeGreaterThanOrEqual(10);
  generator.dispose();
});
