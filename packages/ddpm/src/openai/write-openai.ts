import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { asUNet2D } from '../as-unet-2d.js';
import { noCounterpart } from '../no-counterpart.js';
import type { NetworkSettings } from '../network-settings.js';
import { toOpenAi } from './names.js';

/** A state dict of guided-diffusion or consistency_models. */
export interface OpenAiFiles {
  /** The project whose names and layouts the weights have. */
  project: 'guided-diffusion' | 'consistency_models';
  tensors: StateDict;
  /** Settings in the words of the project's scripts. */
  settings: Record<string, unknown>;
  /** What the project computes otherwise, in one line; null if nothing. */
  note: string | null;
}

const GROUPS = 32;

/**
 * Converts a network snapshot to a state dict of guided-diffusion (networks of DDPMs) or consistency_models (EDM networks and
 * consistency functions).
 *
 * @param source the file's name, for messages
 * @throws CheckpointError naming what these projects cannot express
 */
export function writeOpenAi(snapshot: NetworkSnapshot, source: string): OpenAiFiles {
  const { settings, tensors } = asUNet2D(snapshot, source);
  const { model, preconditioning } = settings;
  const isDdpm = preconditioning.scheme === 'ddpm';
  const project = isDdpm ? 'guided-diffusion' : 'consistency_models';
  const problem = findDifference(settings);
  if (problem !== null) throw noCounterpart(source, `${project} has no counterpart: ${problem}`);
  const layout = isDdpm ? ({ order: 'by-head', axes: 3 } as const) : ({ order: 'by-kind', axes: 4 } as const);
  const isScaled = preconditioning.scheme !== 'ddpm' && preconditioning.timeScale !== 1000;
  return {
    project,
    tensors: toOpenAi(tensors, model, layout),
    settings: describeSettings(settings),
    note: isScaled
      ? 'its network takes ln(sigma) / 4 as the time step, and the scripts of consistency_models pass 250 ln(sigma): divide by 1000 there'
      : null,
  };
}

function findDifference({ model, preconditioning, imgChannels }: NetworkSettings): string | null {
  const kinds = new Set([...model.downsample, ...model.upsample]);
  const up = [...model.upAttention].reverse();
  const differs: [boolean, string][] = [
    [
      model.normGroups !== GROUPS || model.normEpsilon !== 1e-5,
      `GroupNorm with ${model.normGroups} groups and ${model.normEpsilon}`,
    ],
    [!model.midBlock || !model.midAttention || model.midAttentionGroups !== GROUPS, 'another block in the middle'],
    [model.midScale !== 1 || model.centerInput, 'scaled sums or inputs'],
    [!model.cosineFirst || model.frequencyShift !== 0, 'another embedding of the time step'],
    [kinds.size > 1, 'levels that change the resolution in different ways'],
    [kinds.has('conv') && model.downsamplePadding !== 1, 'padding of the right and the bottom only'],
    [model.downAttention.join() !== up.join(), 'attention at other levels on the way up'],
    [model.embeddingChannels !== 4 * model.sinusoidChannels, 'an embedding that is not 4 times the base width'],
    [
      model.blockOutChannels[0]! % model.sinusoidChannels !== 0 &&
        model.sinusoidChannels % model.blockOutChannels[0]! !== 0,
      'widths',
    ],
    [imgChannels !== 3, `images of ${imgChannels} channels`],
  ];
  if (preconditioning.scheme === 'ddpm') {
    const { kind, betaStart, betaEnd, steps, zeroTerminalSnr } = preconditioning.schedule;
    const isLinear = kind === 'linear' && near(betaStart * steps, 0.1) && near(betaEnd * steps, 20);
    differs.push([zeroTerminalSnr || !(isLinear || kind === 'cosine'), 'another noise schedule']);
    differs.push([preconditioning.predicts === 'velocity', 'a prediction of the velocity']);
  }
  return differs.find(([isSo]) => isSo)?.[1] ?? null;
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9 * b;
}

function describeSettings({ imgResolution, labelDim, model, preconditioning, useFp16 }: NetworkSettings) {
  const { headChannels, numHeads, downAttention } = model;
  const common = {
    image_size: imgResolution,
    num_channels: model.sinusoidChannels,
    num_res_blocks: model.layersPerBlock,
    num_heads: numHeads,
    num_heads_upsample: -1,
    num_head_channels: headChannels === 0 ? -1 : headChannels,
    attention_resolutions: downAttention.flatMap((has, level) => (has ? imgResolution >> level : [])).join(),
    channel_mult: model.blockOutChannels.map((width) => width / model.sinusoidChannels).join(),
    dropout: model.dropout,
    class_cond: labelDim > 0,
    use_scale_shift_norm: model.scaleShift,
    resblock_updown: model.downsample.includes('resnet'),
    use_fp16: useFp16 === true,
    use_new_attention_order: false,
    learn_sigma: model.outChannels > 3,
  };
  if (preconditioning.scheme !== 'ddpm') {
    const mode = preconditioning.scheme === 'consistency' ? 'consistency_distillation' : 'edm';
    return { ...common, weight_schedule: 'uniform', training_mode: mode };
  }
  const { schedule, predicts, timeScale } = preconditioning;
  return {
    ...common,
    diffusion_steps: schedule.steps,
    noise_schedule: schedule.kind,
    predict_xstart: predicts === 'image',
    rescale_timesteps: timeScale !== 1,
  };
}
