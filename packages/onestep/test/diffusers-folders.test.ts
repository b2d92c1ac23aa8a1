import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeSafetensors } from '@onestep/checkpoint';
import { readGeneratorRecord } from '@onestep/diffusion-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNetworkFile } from '../src/network-file.js';
import { chooseWeights, missingShard } from '../src/node/weights-files.js';

let root: string;

const CONFIG = {
  _class_name: 'UNet2DModel',
  sample_size: 8,
  block_out_channels: [32],
  down_block_types: ['DownBlock2D'],
  up_block_types: ['UpBlock2D'],
};
const WEIGHTS = 'diffusion_pytorch_model.safetensors';

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

/** Reading settings needs no tensors. */
async function writeUNet(folder: string, config: object = CONFIG, weights = WEIGHTS): Promise<void> {
  await write(`${folder}/config.json`, `\uFEFF${JSON.stringify(config)}`);
  await write(`${folder}/${weights}`, encodeSafetensors({ tensors: {}, metadata: {} }));
}

async function read(path: string, ddpm?: object) {
  const { contents, note, name } = await readNetworkFile(join(root, path), 'teacher', { settings: { ddpm } });
  return { note, ...readGeneratorRecord(contents.metadata, name).settings } as {
    note: string | null;
    imgResolution: number;
    preconditioning: Record<string, unknown>;
  };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'onestep-diffusers-'));
  await write(
    'run/scheduler/scheduler_config.json',
    '{"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"}',
  );
  await writeUNet('run/unet');
  await writeUNet('run/checkpoint-500/unet');
  await writeUNet('run/checkpoint-500/unet_ema', { ...CONFIG, sample_size: 16 });
  await writeUNet('alone');
});
afterAll(() => rm(root, { recursive: true }));

describe('folders of diffusers', () => {
  it('of a training are read with the averaged network, which is said', async () => {
    const { imgResolution, note } = await read('run/checkpoint-500');
    expect(imgResolution).toBe(16);
    expect(note).toMatch(/unet_ema.* is the averaged network; its folder unet has the other\.$/);
    expect((await read('run/checkpoint-500/unet')).imgResolution).toBe(8);
  });

  it.each(['run', 'run/unet', 'run/checkpoint-500'])('%s has the scheduler of its pipeline', async (folder) => {
    expect((await read(folder)).preconditioning).toMatchObject({ scheme: 'ddpm', predicts: 'velocity' });
  });

  it('without a scheduler take what is stated, and assume the rest', async () => {
    expect((await read('alone')).note).toMatch(/Assumed: a linear noise schedule.*state noiseSchedule, steps/);
    const stated = await read('alone', { noiseSchedule: 'cosine', steps: 50, predictsImage: true });
    expect(stated.preconditioning).toMatchObject({ predicts: 'image', schedule: { kind: 'cosine', steps: 50 } });
    expect(stated.note).toBeNull();
    expect((await read('alone', { scheme: 'edm' })).preconditioning).toMatchObject({ scheme: 'edm', timeScale: 1 });
  });

  it.each([
    [{ steps: 500 }, /steps 500 contradicts the files of diffusers: they say 1000\. Leave steps out/],
    [{ scheme: 'edm' }, /scheme edm contradicts/],
    [{ headChannels: 64 }, /headChannels 64 contradicts/],
  ])('refuse what contradicts them: %j', async (ddpm, message) => {
    await expect(read('run', ddpm)).rejects.toThrow(message);
  });

  it('are named where one of their configurations is given', async () => {
    await expect(read('alone/config.json')).rejects.toThrow(/give the folder, .*alone\./);
  });

  it('may hold other files, but no damaged configuration', async () => {
    await writeUNet('others');
    await write('others/logs/events.json', '{');
    expect((await read('others')).imgResolution).toBe(8);
    await write('others/scheduler_config.json', '{');
    await expect(read('others')).rejects.toThrow(/scheduler_config\.json: it is not JSON/);
  });

  it('say which of their files is missing', async () => {
    await writeUNet('shards', CONFIG, 'diffusion_pytorch_model-00002-of-00003.safetensors');
    await expect(read('shards')).rejects.toThrow(/diffusion_pytorch_model-00001-of-00003\.safetensors is missing/);
  });
});

describe('files of weights', () => {
  it.each([
    [['model.fp16.safetensors', 'model.bin', 'model.safetensors'], ['model.safetensors']],
    [['unet/model.bin', 'unet_ema/model.fp16.bin'], ['unet_ema/model.fp16.bin']],
    [
      ['model-00002-of-00002.fp16.bin', 'model-00001-of-00002.fp16.bin'],
      ['model-00001-of-00002.fp16.bin', 'model-00002-of-00002.fp16.bin'],
    ],
    [
      ['model.fp16-00001-of-00002.bin', 'model.fp16-00002-of-00002.bin', 'model-00001-of-00001.bin'],
      ['model-00001-of-00001.bin'],
    ],
    [['optimizer.bin', 'scheduler.bin', 'vae/model.bin'], []],
  ])('of %j are chosen', (names, chosen) => {
    expect(chooseWeights(names)).toEqual(chosen);
    expect(missingShard(chosen)).toBeUndefined();
  });
});
