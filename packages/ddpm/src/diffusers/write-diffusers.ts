import type { Safetensors } from '@onestep/checkpoint';
import { describeGenerator, networkMetadata, type NetworkSnapshot } from '@onestep/diffusion-core';
import { asUNet2D } from '../as-unet-2d.js';
import { noCounterpart } from '../no-counterpart.js';
import type { PreconditioningSettings } from '../preconditioning/preconditioning.js';
import type { BetaSchedule } from '../schedule/beta-schedule.js';
import type { UNet2DSettings } from '../unet/unet-2d-settings.js';
import type { NetworkSettings } from '../network-settings.js';

/** The files of a diffusers model. */
export interface DiffusersFiles {
  /** `config.json` */
  config: Record<string, unknown>;
  /** `scheduler_config.json` */
  scheduler: Record<string, unknown>;
  /** `diffusion_pytorch_model.safetensors`, with the settings of this program in its metadata too. */
  weights: Safetensors;
}

/**
 * Converts a network snapshot to a `UNet2DModel` of diffusers and its scheduler.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError naming what diffusers cannot express
 */
export function writeDiffusers(snapshot: NetworkSnapshot, source: string): DiffusersFiles {
  const { settings, tensors, generator } = asUNet2D(snapshot, source);
  try {
    const record = generator === null ? { ...settings } : describeGenerator({ ...settings }, generator);
    return {
      config: describeModel(settings),
      scheduler: describeScheduler(settings.preconditioning, settings),
      weights: { tensors, metadata: { format: 'pt', ...networkMetadata(record) } },
    };
  } catch (error) {
    throw noCounterpart(source, `diffusers has no counterpart: ${(error as Error).message}`, error);
  }
}

function describeModel({ imgResolution, imgChannels, labelDim, model }: NetworkSettings): Record<string, unknown> {
  const { blockOutChannels, scaleShift, midAttentionGroups } = model;
  if (model.sinusoidChannels !== blockOutChannels[0]) {
    throw new Error(
      `${model.sinusoidChannels} sinusoids of the time step, and ${blockOutChannels[0]} channels of the first level`,
    );
  }
  if (model.midAttention && midAttentionGroups === 0 && !scaleShift) {
    throw new Error('attention without normalization in the middle');
  }
  return {
    _class_name: 'UNet2DModel',
    sample_size: imgResolution,
    in_channels: imgChannels,
    out_channels: model.outChannels,
    center_input_sample: model.centerInput,
    time_embedding_type: 'positional',
    time_embedding_dim: model.embeddingChannels,
    freq_shift: model.frequencyShift,
    flip_sin_to_cos: model.cosineFirst,
    down_block_types: nameBlocks(model.downAttention, model.downsample, 'Down'),
    mid_block_type: model.midBlock ? 'UNetMidBlock2D' : null,
    up_block_types: nameBlocks(model.upAttention, model.upsample, 'Up'),
    block_out_channels: blockOutChannels,
    layers_per_block: model.layersPerBlock,
    mid_block_scale_factor: model.midScale,
    downsample_padding: model.downsamplePadding,
    downsample_type: resamplerOfAttention(model.downAttention, model.downsample),
    upsample_type: resamplerOfAttention(model.upAttention, model.upsample),
    dropout: model.dropout,
    act_fn: 'silu',
    attention_head_dim: headWidth(model),
    norm_num_groups: model.normGroups,
    attn_norm_num_groups: midAttentionGroups === 0 ? null : midAttentionGroups,
    norm_eps: model.normEpsilon,
    resnet_time_scale_shift: scaleShift ? 'scale_shift' : 'default',
    add_attention: model.midAttention,
    class_embed_type: null,
    num_class_embeds: labelDim === 0 ? null : labelDim,
  };
}

/** The block types of one way. The last level does not resample. */
function nameBlocks(attention: readonly boolean[], resamplers: readonly string[], way: 'Down' | 'Up'): string[] {
  return attention.map((attends, level) => {
    if (attends) return `Attn${way}Block2D`;
    return resamplers[level] === 'resnet' ? `Resnet${way}sampleBlock2D` : `${way}Block2D`;
  });
}

/** How the levels with attention resample, which diffusers sets for all of them. */
function resamplerOfAttention(attention: readonly boolean[], resamplers: readonly string[]): string {
  const kinds = new Set(resamplers.filter((_, level) => attention[level]));
  if (kinds.size > 1) throw new Error('levels with attention that change the resolution in different ways');
  return [...kinds][0] ?? 'conv';
}

/** `attention_head_dim`: null for one head. */
function headWidth({ headChannels, numHeads, blockOutChannels, ...model }: UNet2DSettings): number | null {
  if (headChannels > 0) return headChannels;
  if (numHeads === 1) return null;
  const { downAttention, upAttention, midBlock, midAttention } = model;
  const up = [...upAttention].reverse();
  const widths = new Set(blockOutChannels.filter((_, level) => downAttention[level] || up[level]));
  if (midBlock && midAttention) widths.add(blockOutChannels.at(-1)!);
  if (widths.size > 1) throw new Error(`${numHeads} attention heads in blocks of different widths`);
  return [...widths].map((width) => width / numHeads)[0] ?? null;
}

function describeScheduler(
  preconditioning: PreconditioningSettings,
  { imgChannels, model }: NetworkSettings,
): Record<string, unknown> {
  switch (preconditioning.scheme) {
    case 'consistency': {
      const { sigmaMin, sigmaMax, sigmaData, timeScale } = preconditioning;
      if (timeScale !== 1000) throw new Error(`a consistency function of ${timeScale / 4} ln(sigma)`);
      return {
        _class_name: 'CMStochasticIterativeScheduler',
        num_train_timesteps: 40,
        sigma_min: sigmaMin,
        sigma_max: sigmaMax,
        sigma_data: sigmaData,
        rho: 7,
        s_noise: 1,
        clip_denoised: true,
      };
    }
    case 'edm': {
      const { sigmaData, timeScale } = preconditioning;
      if (timeScale !== 1)
        throw new Error(`an EDM network of ${timeScale / 4} ln(sigma), as those of consistency_models`);
      return {
        _class_name: 'EDMEulerScheduler',
        num_train_timesteps: 1000,
        sigma_min: 0.002,
        sigma_max: 80,
        sigma_data: sigmaData,
        rho: 7,
        prediction_type: 'epsilon',
      };
    }
    case 'ddpm': {
      const { predicts, schedule, timeScale } = preconditioning;
      if (timeScale !== 1) throw new Error(`time steps that are scaled by ${timeScale}`);
      return {
        _class_name: 'DDPMScheduler',
        prediction_type: { noise: 'epsilon', image: 'sample', velocity: 'v_prediction' }[predicts],
        variance_type: model.outChannels === imgChannels ? 'fixed_small' : 'learned_range',
        clip_sample: true,
        ...describeSchedule(schedule),
      };
    }
  }
}

function describeSchedule({ kind, betaStart, betaEnd, steps, betas, zeroTerminalSnr }: BetaSchedule) {
  const names = { linear: 'linear', 'scaled-linear': 'scaled_linear', sigmoid: 'sigmoid', cosine: 'squaredcos_cap_v2' };
  return {
    num_train_timesteps: steps,
    beta_start: betaStart,
    beta_end: betaEnd,
    beta_schedule: kind === 'given' ? 'linear' : names[kind],
    trained_betas: kind === 'given' ? betas : null,
    rescale_betas_zero_snr: zeroTerminalSnr,
  };
}
