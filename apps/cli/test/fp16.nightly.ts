import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGeneratorRecord } from '@onestep/diffusion-core';
import { decodeSafetensors } from '@onestep/checkpoint';
import { runCli } from './support/cli.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

// ONNX Runtime's CPU provider, on which the program runs here, has no half precision.

const NOTE =
  '--fp16 has no effect: on this machine the engine ort has no half precision, so networks compute in float32. ' +
  'It takes a GPU, with --backend tensorflow, ort-cuda or ort-webgpu.';

let folder: string;
let zip: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-fp16-'));
  zip = join(folder, 'data.zip');
  await runCli(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
});
afterAll(() => rm(folder, { recursive: true }));

const fileOf = async (run: string, pattern: RegExp) => {
  const name = (await readdir(run)).find((name) => pattern.test(name))!;
  return { path: join(run, name), ...decodeSafetensors(await readFile(join(run, name)), name) };
};
const SNAPSHOT = /^network-snapshot/;

describe('--fp16 where the engine has no half precision', () => {
  it('trains in float32, says so, and is recorded under the published names', async () => {
    const args = ['edm', 'train', `--data=${zip}`, '--cbase=4', '--cres=1,1', '--blocks=1', '--attn=16', '--batch=4'];
    const train = (outdir: string, ...more: string[]) =>
      runCli([
        ...args,
        '--duration=0.000012',
        '--tick=0.004',
        '--dump=1',
        '--pictures=0',
        '--seed=3',
        '--outdir',
        outdir,
        ...more,
      ]);
    const [half, single] = [join(folder, 'half'), join(folder, 'single')];
    const { code, stderr } = await train(half, '--fp16=1', '--ls=100');
    expect([code, stderr.split('\n').filter((line) => line.startsWith('--fp16'))]).toEqual([0, [NOTE]]);
    expect(await train(single, '--fp16=0', '--ls=100')).toMatchObject({ code: 0 });

    const [name] = await readdir(half);
    expect(name).toBe('00000-data-uncond-ddpmpp-edm-gpus1-batch4-fp16');
    const run = join(half, name!);
    expect(JSON.parse(await readFile(join(run, 'training_options.json'), 'utf8'))).toMatchObject({
      command_line: { fp16: true },
      network_kwargs: { use_fp16: true },
    });
    expect(await readFile(join(run, 'log.txt'), 'utf8')).toContain(NOTE);
    const snapshot = await fileOf(run, SNAPSHOT);
    expect(readGeneratorRecord(snapshot.metadata, '').settings).toMatchObject({ useFp16: true });
    const plain = await fileOf(join(single, (await readdir(single))[0]!), SNAPSHOT);
    expect(readGeneratorRecord(plain.metadata, '').settings).not.toHaveProperty('useFp16');
    expect(snapshot.tensors).toEqual(plain.tensors);

    // A run is resumed as it was begun; a new one may go on from it otherwise.
    const resumed = await runCli(['edm', 'train', '--resume', run, '--fp16=0', '--duration=0.00002']);
    expect(resumed).toMatchObject({ code: 1 });
    expect(resumed.stderr).toMatch(/fp16.*true.*false/);
    const begun = await runCli(['edm', 'train', '--resume', run, '--outdir', join(folder, 'begun'), '--fp16=0', '-n']);
    expect(begun).toMatchObject({ code: 0 });
    expect(JSON.parse(begun.stdout)).toMatchObject({ network_kwargs: { use_fp16: false } });
  });

  it('distills in float32, with the published name of the run', async () => {
    const teacher = await writeTinyTeacher(folder, 8, 0);
    const outdir = join(folder, 'sid');
    const { code, stderr } = await runCli(
      `distill sid --edm-model=${teacher} --outdir=${outdir} --fp16=1 --batch=4 --duration=0.000008 --seed=1`.split(
        ' ',
      ),
    );
    expect([code, stderr.split('\n').filter((line) => line.startsWith('--fp16'))]).toEqual([0, [NOTE]]);
    const [name] = await readdir(outdir);
    expect(name).toMatch(/-batch4-tmax800-fp16$/);
    const { path, metadata } = await fileOf(join(outdir, name!), SNAPSHOT);
    expect(readGeneratorRecord(metadata, '').settings).toMatchObject({ useFp16: true });
    const images = join(folder, 'images');
    expect(await runCli(['generate', '--network', path, '--outdir', images, '--seeds', '0-1'])).toMatchObject({
      code: 0,
    });
    expect((await readdir(images)).filter((file) => file.endsWith('.png'))).toHaveLength(2);
  });

  it.each(['ffhq64', 'imagenet64-cond', 'afhq64-v2'])(
    'runs the preset %s, which was published with it',
    async (preset) => {
      const teacher = await writeTinyTeacher(folder, 8, 0);
      const args = ['distill', 'sid', `--preset=${preset}`, `--edm-model=${teacher}`, '--outdir', folder, '-n'];
      const { code, stdout, stderr } = await runCli(args);
      expect([code, stderr.includes(NOTE)]).toEqual([0, true]);
      expect(JSON.parse(stdout)).toMatchObject({ command_line: { fp16: true } });
    },
  );
});
