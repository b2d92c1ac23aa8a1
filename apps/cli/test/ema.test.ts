import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { readSafetensors } from '@onestep/checkpoint/node';
import { EmaSet } from '@onestep/diffusion-core';
import { RunDirectory } from '@onestep/diffusion-core/node';
import { DDPMPP, PreconditionedNetwork, saveNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { openNetwork } from '../src/networks/load-network.js';
import { createProgram } from '../src/program.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);
const BATCH = 500;

/** Writes snapshots of a network whose weights move on in every step of 500 images, two averages every 1000. */
async function writeRun(path: string, steps: number): Promise<void> {
  const model = { ...DDPMPP, modelChannels: 4, channelMult: [1], numBlocks: 1, attnResolutions: [], dropout: 0 };
  const settings = {
    imgResolution: 4,
    imgChannels: 1,
    labelDim: 0,
    preconditioning: { scheme: 'edm' as const },
    model,
  };
  const network = new PreconditionedNetwork(settings, new Rng(3));
  const options = { batch: BATCH, seed: 1, emaHalfLifeKimg: 4, emaRampUpRatio: 0.2, emaRel: [0.05, 0.1] };
  const emas = new EmaSet<PreconditionedNetwork>(network, options);
  const run = await RunDirectory.open({ path, options: {} });
  const save = (average: PreconditionedNetwork) => saveNetwork(average);
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      for (const { variable } of network.module.parameters())
        variable.assign(tf.add(tf.mul(variable, 0.9), step / 100));
      emas.update(network, emas.nextDecays(step * BATCH));
    });
    if (step % 2 === 0) continue;
    for await (const average of emas.furtherSnapshots(save)) await run.writeSnapshot((step + 1) * BATCH, average);
    await run.writeSnapshot((step + 1) * BATCH, await emas.snapshot(save));
  }
  run.close();
}

beforeAll(async () => {
  await startTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'onestep-ema-'));
  await writeRun(inFolder('run'), 40);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the command in this process: it needs no engine. @returns what it printed */
async function ema(...args: string[]): Promise<string> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await (await createProgram([])).parseAsync(['ema', ...args], { from: 'user' });
    return log.mock.calls.flat().join('\n');
  } finally {
    log.mockRestore();
  }
}

describe('onestep ema', () => {
  it('writes a network file with the average of another length', async () => {
    const out = inFolder('out.safetensors');
    const printed = await ema('--run', inFolder('run'), '--at=12', '--ema-rel=0.08', '--out', out);
    expect(printed).toMatch(
      /out\.safetensors: relative width 0\.08 at 12 kimg, from \d+ stored EMAs; its profile is off by 0\.\d+ %\.$/,
    );
    const { network } = await openNetwork(out);
    expect(network).toMatchObject({ imgResolution: 4, imgChannels: 1 });
    const { metadata } = await readSafetensors(out);
    expect(JSON.parse(metadata.onestep_ema!)).toMatchObject({ images: 12_000, length: { sigmaRel: 0.08 } });
  });

  it('takes the newest run, and the ramp of its averages', async () => {
    const out = inFolder('latest.safetensors');
    const printed = await ema('--run', join(folder, 'latest'), '--ema=0.004', '--out', out);
    expect(printed).toMatch(
      /half-life 0\.004 million images at 20 kimg, from 1 stored EMA; its profile is off by 0 %\.$/,
    );
    const file = inFolder('run/network-snapshot-000020.safetensors');
    expect((await readSafetensors(out)).tensors).toEqual((await readSafetensors(file)).tensors);
  });

  it('says what is wrong before it writes anything', async () => {
    const out = inFolder('none.safetensors');
    const refused = (exitCode: number, message: RegExp, ...args: string[]) =>
      expect(ema(...args, '--out', out)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
    const run = ['--run', inFolder('run')];
    await refused(2, /^Pass one length: --ema MIMG/, ...run);
    await refused(2, /^Pass one length: --ema MIMG/, ...run, '--ema=1', '--ema-mu=0.9');
    await refused(2, /^--ema-ramp bounds a half-life/, ...run, '--ema-rel=0.1', '--ema-ramp=0.1');
    const one = ['--run', inFolder('run/network-snapshot-000020-rel0.1.safetensors')];
    await refused(1, /^The 1 stored EMA cannot represent decay 0\.1 in each step at 20 kimg/, ...one, '--ema-mu=0.1');
    await expect(ema(...run, '--ema-rel=0.1', '--out', inFolder('x.pkl'))).rejects.toMatchObject({ exitCode: 2 });
    expect((await readdir(folder)).filter((name) => /none|x\.pkl/.test(name))).toEqual([]);
  });
});
