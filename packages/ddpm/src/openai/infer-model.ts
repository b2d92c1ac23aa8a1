import type { StateDict } from '@onestep/checkpoint';
import { selectNetwork } from '../state-dict/select-network.js';
import type { UNet2DSettings } from '../unet/unet-2d-settings.js';

/** What the names and shapes of a state dict of guided-diffusion or consistency_models say. */
export interface InferredModel {
  imgChannels: number;
  labelDim: number;
  model: Omit<UNet2DSettings, 'headChannels' | 'numHeads' | 'dropout'>;
  /** Number of axes of the projection `qkv`; null without attention. */
  attentionAxes: number | null;
}

/** Channels of two images in color. */
const TWO_IMAGES = 6;
const RESNET_KEY = 'in_layers.2.weight';

/**
 * Selects the tensors of a `UNetModel` of guided-diffusion, which consistency_models has too, among those of a file.
 *
 * @returns null if there is none
 */
export function selectOpenAi(tensors: StateDict): StateDict | null {
  const own = selectNetwork(tensors, 'time_embed.0.weight');
  const needed = ['input_blocks.0.0.weight', 'middle_block.0.in_layers.2.weight', 'out.2.weight'];
  return own !== null && needed.every((name) => Object.hasOwn(own, name)) ? own : null;
}

/**
 * Reads the architecture of a `UNetModel` from the names and shapes of its weights.
 *
 * @throws Error naming what does not fit
 */
export function inferModel(tensors: StateDict): InferredModel {
  const shape = (name: string): number[] => {
    if (!Object.hasOwn(tensors, name)) throw new Error(`the tensor ${name} is missing`);
    return tensors[name]!.shape;
  };
  const has = (name: string) => Object.hasOwn(tensors, name);
  refuseOthers(tensors);
  const [imgChannels, outChannels] = [shape('input_blocks.0.0.weight')[1]!, shape('out.2.weight')[0]!];
  // Twice the channels of an image: an upsampler of guided-diffusion also has two outputs per channel.
  if (imgChannels === TWO_IMAGES || outChannels < imgChannels) {
    throw new Error(
      `it takes ${imgChannels} channels and returns ${outChannels}: networks that take a second image, such as upsamplers, are not supported`,
    );
  }
  const blocks = countBlocks(tensors, 'input_blocks');
  const ups = Array.from({ length: blocks }, (_, block) => findUpsampler(tensors, block));
  const levels = 1 + ups.filter((kind) => kind !== null).length;
  const layersPerBlock = blocks / levels - 1;
  if (!Number.isInteger(layersPerBlock) || layersPerBlock < 1 || countBlocks(tensors, 'output_blocks') !== blocks) {
    throw new Error(`its ${blocks} input blocks cannot be ${levels} levels; is it complete?`);
  }
  const perLevel = layersPerBlock + 1;
  const inputBlock = (level: number) => `input_blocks.${1 + level * perLevel}`;
  const outputBlock = (level: number) => `output_blocks.${level * perLevel}`;
  const levelNumbers = Array.from({ length: levels }, (_, level) => level);
  const width = (level: number) => shape(`${inputBlock(level)}.0.${RESNET_KEY}`)[0]!;
  const [embeddingChannels, sinusoidChannels] = shape('time_embed.0.weight') as [number, number];
  const firstResnet = `${inputBlock(0)}.0`;
  const scaleShift = shape(`${firstResnet}.emb_layers.1.weight`)[0] === 2 * width(0);
  return {
    imgChannels,
    labelDim: has('label_emb.weight') ? shape('label_emb.weight')[0]! : 0,
    attentionAxes: has('middle_block.1.qkv.weight') ? shape('middle_block.1.qkv.weight').length : null,
    model: {
      modelType: 'UNet2DModel',
      outChannels,
      blockOutChannels: levelNumbers.map(width),
      layersPerBlock,
      downAttention: levelNumbers.map((level) => has(`${inputBlock(level)}.1.qkv.weight`)),
      upAttention: levelNumbers.map((level) => has(`${outputBlock(level)}.1.qkv.weight`)),
      downsample: levelNumbers
        .slice(0, -1)
        .map((level) => (has(`input_blocks.${(level + 1) * perLevel}.0.op.weight`) ? 'conv' : 'resnet')),
      upsample: ups.flatMap((kind) => kind ?? []),
      downsamplePadding: 1,
      midBlock: true,
      midAttention: true,
      midAttentionGroups: 32,
      midScale: 1,
      normGroups: 32,
      normEpsilon: 1e-5,
      scaleShift,
      sinusoidChannels,
      embeddingChannels,
      cosineFirst: true,
      frequencyShift: 0,
      centerInput: false,
    },
  };
}

/** Tensors of `UNetModel`s with other tasks. */
function refuseOthers(tensors: StateDict): void {
  const names = Object.keys(tensors);
  if (names.some((name) => /\.transformer_blocks\.|\.attn2\./.test(name))) {
    throw new Error('it is conditioned on text by cross-attention (a latent diffusion model), which is not supported');
  }
  if (names.some((name) => name.startsWith('label_emb.') && name !== 'label_emb.weight')) {
    throw new Error('its labels are vectors (label_emb has layers), which is not supported, only classes');
  }
}

function countBlocks(tensors: StateDict, list: string): number {
  let count = 0;
  const names = Object.keys(tensors);
  while (names.some((name) => name.startsWith(`${list}.${count}.`))) count++;
  return count;
}

/** How an output block doubles the resolution at its end; null if it does not. */
function findUpsampler(tensors: StateDict, block: number): 'conv' | 'resnet' | null {
  for (const position of [1, 2]) {
    if (Object.hasOwn(tensors, `output_blocks.${block}.${position}.conv.weight`)) return 'conv';
    if (Object.hasOwn(tensors, `output_blocks.${block}.${position}.${RESNET_KEY}`)) return 'resnet';
  }
  return null;
}
