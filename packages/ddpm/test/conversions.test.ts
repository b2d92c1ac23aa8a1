import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StateDict } from '@onestep/checkpoint';
import { toFloat32 } from '@onestep/checkpoint';
import { networkMetadata, readGeneratorRecord } from '@onestep/diffusion-core';
import {
  DdpmNetwork,
  readDiffusers,
  readOpenAi,
  writeAdm,
  writeDiffusers,
  writeOpenAi,
  type PartialNetworkSettings,
  type UNet2DSettings,
} from '@onestep/ddpm';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { readSchedulerConfig } from '../src/diffusers/scheduler-config.js';

/** ADM with the widths from which on EDM and the others agree. */
const ADM: Partial<UNet2DSettings> & { modelType: 'UNet2DModel' } = {
  modelType: 'UNet2DModel',
  blockOutChannels: [128, 128],
  layersPerBlock: 1,
  downAttention: [false, true],
  upAttention: [true, false],
  downsample: ['resnet'],
  upsample: ['resnet'],
  downsamplePadding: 1,
  headChannels: 64,
  normEpsilon: 1e-5,
  scaleShift: true,
  sinusoidChannels: 128,
  cosineFirst: true,
  frequencyShift: 0,
  dropout: 0,
};
/** The same, narrow: guided-diffusion, consistency_models and diffusers agree at any width. */
const NARROW = { ...ADM, blockOutChannels: [32, 64], sinusoidChannels: 32, headChannels: 16, embeddingChannels: 128 };
const SETTINGS: PartialNetworkSettings = {
  imgResolution: 4,
  imgChannels: 3,
  labelDim: 2,
  preconditioning: { scheme: 'edm', timeScale: 1 },
  model: ADM,
};

/** Shapes and checksums of tensors by name: comparing the numbers one by one would take minutes. */
const digests = (tensors: StateDict) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const { buffer, byteOffset, byteLength } = toFloat32(tensor);
      const hash = createHash('sha256')
        .update(new Uint8Array(buffer, byteOffset, byteLength))
        .digest('hex');
      return [name, `${tensor.shape.join('x')} ${hash}`];
    }),
  );

async function snapshotOf(settings: PartialNetworkSettings) {
  await startTestBackend();
  const network = new DdpmNetwork(settings, new Rng(1));
  const tensors = await network.stateDict();
  const metadata = networkMetadata(network.settings);
  network.dispose();
  return { tensors, metadata };
}

describe('a network survives the way to another project and back', () => {
  it.each(['ddpm', 'edm', 'consistency'] as const)('%s', async (scheme) => {
    const scaled = scheme === 'edm' ? { scheme, timeScale: 1000 } : { scheme };
    const snapshot = await snapshotOf({ ...SETTINGS, model: NARROW, preconditioning: scaled });
    const file = writeOpenAi(snapshot, 'a');
    expect(file.project).toBe(scheme === 'ddpm' ? 'guided-diffusion' : 'consistency_models');
    const back = readOpenAi(file.tensors, 'a.pt', {}, { 'a.json': file.settings });
    expect(back.note).toBeUndefined();
    expect(digests(back.snapshot.tensors)).toEqual(digests(snapshot.tensors));
    const [own, again] = [snapshot, back.snapshot].map(({ metadata }) => readGeneratorRecord(metadata));
    expect(again!.settings).toEqual(own!.settings);
    expect(again!.generator).toEqual(scheme === 'consistency' ? { initSigma: 80 } : null);
  });

  it('diffusers', async () => {
    for (const scheme of ['ddpm', 'edm', 'consistency'] as const) {
      const timeScale = scheme === 'consistency' ? 1000 : 1;
      const snapshot = await snapshotOf({
        ...SETTINGS,
        model: NARROW,
        preconditioning: { scheme, ...(scheme === 'ddpm' ? {} : { timeScale }) },
      });
      const { config, scheduler, weights } = writeDiffusers(snapshot, 'a');
      const back = readDiffusers({ config, scheduler, tensors: weights.tensors }, 'a');
      const [own, again] = [snapshot, back.snapshot].map(({ metadata }) => readGeneratorRecord(metadata).settings);
      expect(again).toEqual(own);
      // The metadata say the same to this program, and more: what generator the network is.
      expect(readGeneratorRecord(weights.metadata).settings).toEqual(own);
    }
  });
});

it("names what EDM's ADM computes otherwise", async () => {
  const snapshot = await snapshotOf(SETTINGS);
  expect(writeAdm(snapshot, 'a').note).toBeNull();
  const changed = (model: Partial<UNet2DSettings>) => ({
    tensors: {},
    metadata: networkMetadata({ ...SETTINGS, model: { ...ADM, ...model } }),
  });
  expect(() => writeAdm(changed({ sinusoidChannels: 32, blockOutChannels: [128, 64] }), 'a.pt')).toThrow(
    /a\.pt.*64 channels.*16 groups/,
  );
  expect(() => writeAdm(changed({ headChannels: 32 }), 'a.pt')).toThrow(/heads that are not 64/);
  expect(() => writeAdm(changed({ downsample: ['conv'] }), 'a.pt')).toThrow(/convolutions that change/);
  const scaled = {
    tensors: snapshot.tensors,
    metadata: networkMetadata({ ...SETTINGS, preconditioning: { scheme: 'edm' } }),
  };
  expect(writeAdm(scaled, 'a').note).toMatch(/multiply c_noise by 1000/);
});

describe('what is not supported is named', () => {
  const CONFIG = {
    _class_name: 'UNet2DModel',
    sample_size: 8,
    block_out_channels: [32],
    down_block_types: ['DownBlock2D'],
    up_block_types: ['UpBlock2D'],
  };
  const read =
    (config: object, scheduler: object = {}) =>
    () =>
      readDiffusers({ config: { ...CONFIG, ...config }, scheduler: { ...scheduler }, tensors: {} }, 'folder');

  it.each([
    [{ _class_name: 'UNet2DConditionModel' }, /UNet2DConditionModel.*cross-attention/],
    [{ _class_name: 'AutoencoderKL' }, /AutoencoderKL.*latents/],
    [{ _class_name: 'DiTTransformer2DModel' }, /DiTTransformer2DModel.*transformer/],
    [{ down_block_types: ['SkipDownBlock2D'] }, /SkipDownBlock2D.*only DownBlock2D/],
    [{ act_fn: 'mish' }, /act_fn "mish"/],
    [{ time_embedding_type: 'fourier' }, /time_embedding_type "fourier"/],
    [{ class_embed_type: 'timestep' }, /class_embed_type "timestep"/],
    [{ resnet_time_scale_shift: 'ada_group' }, /ada_group/],
    [{ sample_size: [8, 16] }, /8x16 pixels/],
    [{ sample_size: null }, /sample_size.*missing.*state imgResolution/],
    [{ in_channels: 6 }, /in_channels 6 with out_channels 3 is not supported/],
    [{ norm_num_groups: 5 }, /5 groups/],
    [{ down_block_types: ['DownBlock2D', 'DownBlock2D'] }, /down_block_types has 2 blocks for 1 block_out_channels/],
    [{ downsample_type: 'pool' }, /downsample_type "pool" is not supported, only conv and resnet/],
    [
      { _class_name: 'UNetModel', ch: 32, ch_mult: [1], attn_resolutions: [], resolution: 16, resamp_with_conv: false },
      /resamp_with_conv false is not supported/,
    ],
    [{ attention_head_dim: 64, block_out_channels: [32] }, undefined],
  ])('in the configuration: %j', (config, message) => {
    if (message === undefined) expect(read(config)).not.toThrow();
    else expect(read(config)).toThrow(message);
  });

  it.each([
    [{ _class_name: 'FlowMatchEulerDiscreteScheduler' }, /FlowMatchEulerDiscreteScheduler.*flow matching/],
    [{ _class_name: 'ScoreSdeVeScheduler' }, /ScoreSdeVeScheduler/],
    [{ _class_name: 'DDPMScheduler', beta_schedule: 'laplace' }, /beta_schedule "laplace"/],
    [{ _class_name: 'DDPMScheduler', prediction_type: 'other' }, /prediction_type "other"/],
    [{ _class_name: 'EulerDiscreteScheduler', timestep_type: 'continuous' }, /continuous/],
    [{ _class_name: 'DPMSolverMultistepScheduler', use_flow_sigmas: true }, /flow matching/],
    [{ _class_name: 'DDPMScheduler', trained_betas: [0.1, 2] }, /beta must be.*not 2 \(step 1\)/],
  ])('in the scheduler: %j', (scheduler, message) => expect(read({}, scheduler)).toThrow(message));
});

it.each(['LCMScheduler', 'TCDScheduler'])('a %s that says nothing has the defaults of its class', (_class_name) => {
  expect(readSchedulerConfig({ _class_name })).toMatchObject({
    schedule: { kind: 'scaled-linear', betaStart: 0.00085, betaEnd: 0.012 },
  });
});

describe('older files of diffusers', () => {
  const old = {
    _class_name: 'UNetModel',
    ch: 32,
    ch_mult: [1, 2],
    num_res_blocks: 1,
    attn_resolutions: [8],
    resolution: 16,
    in_channels: 3,
    out_ch: 3,
    resnet_eps: 1e-6,
  };

  it('UNetModel with ch, ch_mult and attn_resolutions is the network of DDPM', () => {
    const { snapshot } = readDiffusers({ config: old, scheduler: {}, tensors: {} }, 'folder');
    const { settings } = readGeneratorRecord(snapshot.metadata);
    expect(settings).toMatchObject({
      imgResolution: 16,
      model: {
        blockOutChannels: [32, 64],
        downAttention: [false, true],
        upAttention: [true, false],
        downsamplePadding: 0,
        cosineFirst: false,
        frequencyShift: 1,
        headChannels: 0,
        numHeads: 1,
      },
    });
  });

  it('attention has its present names and shapes', () => {
    const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });
    const tensors = {
      'module.conv_in.weight': tensor(2, 1, 3, 3),
      'module.mid_block.attentions.0.query.weight': tensor(2, 2, 1, 1),
      'module.mid_block.attentions.0.proj_attn.weight': tensor(2, 2),
    };
    const { snapshot } = readDiffusers({ config: old, scheduler: {}, tensors }, 'folder');
    expect(Object.entries(snapshot.tensors).map(([name, { shape }]) => [name, shape])).toEqual([
      ['conv_in.weight', [2, 1, 3, 3]],
      ['mid_block.attentions.0.to_q.weight', [2, 2]],
      ['mid_block.attentions.0.to_out.0.weight', [2, 2]],
    ]);
  });
});

describe('what files of OpenAI’s projects do not say', () => {
  /** Names and shapes, without elements, of two residual blocks a level. */
  function shapes(widths: readonly number[], { inputs = 3, outputs = 3 } = {}): StateDict {
    const [base] = widths as [number];
    const result: StateDict = {};
    const add = (name: string, ...shape: number[]) => (result[name] = { shape, data: new Float32Array(0) });
    add('time_embed.0.weight', 4 * base, base);
    add('input_blocks.0.0.weight', base, inputs, 3, 3);
    add('out.2.weight', outputs, base, 3, 3);
    add('middle_block.0.in_layers.2.weight', 1, 1);
    add('middle_block.1.qkv.weight', 3 * widths.at(-1)!, 1, 1);
    const blocks = 3 * widths.length;
    for (let n = 1; n < blocks; n++) {
      add(`input_blocks.${n}.0.in_layers.2.weight`, widths[Math.floor((n - 1) / 3)]!, 1, 3, 3);
      add(`input_blocks.${n}.0.emb_layers.1.weight`, 2 * widths[Math.floor((n - 1) / 3)]!, 1);
    }
    for (let n = 0; n < blocks; n++) {
      add(`output_blocks.${n}.0.in_layers.2.weight`, 1, 1, 3, 3);
      if (n % 3 === 2 && n < blocks - 1) add(`output_blocks.${n}.1.in_layers.2.weight`, 1, 1, 3, 3);
    }
    return result;
  }
  const modelOf = (widths: readonly number[]) => {
    const { snapshot, note } = readOpenAi(shapes(widths), 'model.pt');
    const { model } = readGeneratorRecord(snapshot.metadata, 'model.pt').settings;
    return { note, ...(model as { headChannels: number; numHeads: number }) };
  };

  it('is assumed as in the published networks: that of 128x128 has four heads, others heads of 64 channels', () => {
    expect(modelOf([256, 256, 512, 768, 1024])).toMatchObject({ headChannels: 0, numHeads: 4 });
    expect(modelOf([256, 256, 512, 768, 1024]).note).toMatch(/4 attention heads/);
    expect(modelOf([256, 256, 512, 512, 1024, 1024])).toMatchObject({ headChannels: 64, numHeads: 1 });
  });

  it('upsamplers are named', () => {
    const upsampler = () => readOpenAi(shapes([192, 384], { inputs: 6, outputs: 6 }), 'upsampler.pt');
    expect(upsampler).toThrow(/takes 6 channels and returns 6: networks that take a second image/);
  });
});
