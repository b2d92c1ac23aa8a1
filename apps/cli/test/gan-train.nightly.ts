import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { runHere } from './support/run-here.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-gan-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('onestep gan train', () => {
  it('resumed, and made longer, ends with the weights of an undisturbed run', async () => {
    const zip = join(folder, 'data.zip');
    await runHere(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
    const args = (name: string, kimg: number) => [
      ...['gan', 'train', `--data=${zip}`, `--outdir=${join(folder, name)}`, '--nosubdir', `--kimg=${kimg}`],
      ...['--cfg=tiny', '--cond=1', '--aug=ada', '--tick=0.008', '--pictures=0', '--seed=3'],
    ];
    const lastOf = async (name: string) => {
      const files = (await readdir(join(folder, name))).filter((file) => file.startsWith('training-state'));
      const path = join(folder, name, files.at(-1)!);
      return decodeSafetensors(await readFile(path), path).tensors;
    };
    await runHere(args('whole', 0.032));
    await runHere(args('stopped', 0.02));
    await runHere(['gan', 'train', '--resume', join(folder, 'stopped'), '--kimg=0.032']);
    expect(await lastOf('stopped')).toEqual(await lastOf('whole'));
  });
});
