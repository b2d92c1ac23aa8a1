import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { asUNet2D, loadDdpmNetwork, writeAdm } from '@onestep/ddpm';
import { networkMetadata, oneHot } from '@onestep/diffusion-core';
import { loadNetwork, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { openNetwork } from '../src/index.js';
import { convertFile } from '../src/node/index.js';
import { expectStudent } from './support/students.js';

beforeAll(startTestBackend);

it.skipIf(!hasFixtures)('a network of diffusers is distilled, and its student loaded again', async () => {
  await expectStudent(`${FIXTURES}checkpoints/diffusers-ddim-class-cond`, 'diff-instruct');
});

it("an ADM network of EDM computes the same under diffusers' names, and comes back the same", async () => {
  const adm = new PreconditionedNetwork(
    {
      imgResolution: 4,
      imgChannels: 3,
      labelDim: 3,
      model: {
        modelType: 'DhariwalUNet',
        modelChannels: 128,
        channelMult: [1, 1],
        channelMultEmb: 1,
        numBlocks: 1,
        attnResolutions: [2],
      },
    },
    new Rng(1),
  );
  // The layers that close a branch start at zero.
  for (const [i, parameter] of adm.parameters().entries()) {
    const { variable } = parameter;
    variable.assign(tf.add(variable, tf.mul(tf.tensor(new Rng(i).normal(variable.size), variable.shape), 0.03)));
  }
  const snapshot = { tensors: await adm.stateDict(), metadata: networkMetadata(adm.settings) };
  const { settings, tensors } = asUNet2D(snapshot, 'adm');
  const other = { tensors, metadata: networkMetadata({ ...settings }) };
  const unet = loadDdpmNetwork(other, 'unet');
  const x = tf.tensor4d(new Rng(2).normal(2 * 48), [2, 4, 4, 3]);
  const [sigma, labels] = [tf.tensor1d([0.3, 20]), oneHot([2, 0], 3)];
  const [theirs, ours] = [adm, unet].map((network) => network.denoise(x, sigma, { labels }));
  const error = tf.div(tf.norm(tf.sub(ours!, theirs!)), tf.norm(theirs!)).dataSync()[0]!;
  expect(error).toBeLessThan(1e-5);

  const back = loadNetwork({ tensors: writeAdm(other, 'unet').tensors, metadata: snapshot.metadata }, 'back');
  const again = back.denoise(x, sigma, { labels });
  expect(Buffer.from(again.dataSync().buffer).equals(Buffer.from(theirs!.dataSync().buffer))).toBe(true);
  for (const network of [adm, unet, back]) network.dispose();
});

it.skipIf(!hasFixtures)(
  'a network of guided-diffusion becomes a folder of diffusers, which is replaced whole',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onestep-diffusers-'));
    try {
      const path = `${FIXTURES}checkpoints/guided-diffusion-imagenet-like.pt`;
      const dest = join(folder, 'model/');
      const convert = (overwrite: boolean) => convertFile({ path, dest, overwrite });
      await convert(false);
      const [own, written] = [await openNetwork(path), await openNetwork(dest)];
      expect(written.network.settings).toEqual(own.network.settings);
      await expect(convert(false)).rejects.toThrow(/it exists/);
      await writeFile(join(dest, 'old.txt'), '');
      await convert(true);
      expect(await readdir(folder)).toEqual(['model']);
      expect(await readdir(dest)).toEqual([
        'config.json',
        'diffusion_pytorch_model.safetensors',
        'scheduler_config.json',
      ]);
      for (const { network } of [own, written]) network.module.dispose();
      // A generator is one in every file that can say so; where a project's files cannot, a line does.
      const student = join(folder, 'student.safetensors');
      await convertFile({ path, dest: student, initSigma: 2.5 });
      const linesOf = async (name: string) =>
        (await convertFile({ path: student, dest: join(folder, name) })).join('\n');
      expect(await linesOf('student/')).not.toContain('noise level');
      expect((await openNetwork(join(folder, 'student'))).record).toMatchObject({ initSigma: 2.5 });
      expect(await linesOf('student.pt')).toMatch(/does not say that it is a one-step generator.* noise level 2\.5/);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
