import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../../../apps/cli/test/support/cli.js';
import { decodePng } from '../../datasets/src/png/decode.js';
import { loadGenerator, loadTeacher, startEngine, type SampledImage } from '../src/index.js';
import { tinyTeacher } from './support/tiny-networks.js';

let folder: string;
beforeAll(async () => {
  await startEngine({ engine: 'ort' });
  folder = await mkdtemp(join(tmpdir(), 'onestep-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What a command writes for a seed. */
async function written(outdir: string, seed: number, { width, height, channels }: SampledImage): Promise<Uint8Array> {
  const path = join(folder, outdir, `${String(seed).padStart(6, '0')}.png`);
  return decodePng(await readFile(path), { width, height, channels }, path);
}

it('a generator’s images are those of "onestep generate", byte for byte', async () => {
  const generator = await loadGenerator('fashion-mnist');
  const run = (outdir: string, ...more: string[]) =>
    runCli(['generate', '--network=fashion-mnist', `--outdir=${join(folder, outdir)}`, ...more]);
  expect(await run('boots', '--seeds=0-10', '--class=Ankle boot')).toMatchObject({ code: 0, stderr: '' });
  expect(await run('random', '--seeds=5,3', '--batch=3')).toMatchObject({ code: 0, stderr: '' });
  const seeds = [10, 0, 4];
  for (const [i, image] of (await generator.sample({ seeds, class: 9 })).entries()) {
    expect(image.data).toEqual(await written('boots', seeds[i]!, image));
  }
  const [three] = await generator.sample({ seeds: [3], batch: 3 });
  expect(three!.data).toEqual(await written('random', 3, three!));
});

it('a teacher’s images are those of "onestep edm generate", byte for byte', async () => {
  const path = join(folder, 'teacher.safetensors');
  await writeFile(path, await tinyTeacher());
  const outdir = join(folder, 'teacher');
  const args = ['edm', 'generate', `--network=${path}`, `--outdir=${outdir}`, '--seeds=1-3', '--class=2', '--steps=4'];
  expect(await runCli([...args, '--S_churn=1'])).toMatchObject({ code: 0, stderr: '' });
  const teacher = await loadTeacher(path);
  const [image] = await teacher.sample({ seeds: [2], class: 2, steps: 4, sChurn: 1 });
  expect(image!.data).toEqual(await written('teacher', 2, image!));
});
