import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { joinRows, reshapeTensor, selectRows } from '../state-dict/lazy-tensor.js';
import type { UNet2DSettings } from '../unet/unet-2d-settings.js';
import { attentionPlaces, attentionRows, type RowOrder } from '../state-dict/attention-rows.js';

/** How a file of guided-diffusion or consistency_models stores attention. */
export interface AttentionLayout {
  order: RowOrder;
  /** Number of axes of the projections, which are 1x1 convolutions: 3 in guided-diffusion, 4 in consistency_models. */
  axes: 3 | 4;
}

/** A part of a network under its two names. */
interface Part {
  ours: string;
  theirs: string;
  kind: 'layer' | 'resnet' | 'attention';
}

/** Layers of a residual block: [ours, theirs]. */
const RESNET_LAYERS = [
  ['norm1', 'in_layers.0'],
  ['conv1', 'in_layers.2'],
  ['time_emb_proj', 'emb_layers.1'],
  ['norm2', 'out_layers.0'],
  ['conv2', 'out_layers.3'],
  ['conv_shortcut', 'skip_connection'],
] as const;
const PROJECTIONS = ['to_q', 'to_k', 'to_v'] as const;

/** Translates the names of guided-diffusion and consistency_models to diffusers' names. Missing tensors stay missing. */
export function fromOpenAi(tensors: StateDict, model: UNet2DSettings, { order }: AttentionLayout): StateDict {
  const result: StateDict = {};
  const move = (ours: string, theirs: string, change = (tensor: HostTensor) => tensor) => {
    for (const leaf of ['weight', 'bias']) {
      const tensor = tensors[`${theirs}.${leaf}`];
      if (tensor !== undefined) result[`${ours}.${leaf}`] = change(tensor);
    }
  };
  for (const { ours, theirs, kind } of listParts(model)) {
    if (kind === 'layer') move(ours, theirs);
    if (kind === 'resnet') for (const [own, other] of RESNET_LAYERS) move(`${ours}.${own}`, `${theirs}.${other}`);
    if (kind !== 'attention') continue;
    move(`${ours}.group_norm`, `${theirs}.norm`);
    move(`${ours}.to_out.0`, `${theirs}.proj_out`, toMatrix);
    for (const [index, projection] of PROJECTIONS.entries()) {
      const take = (qkv: HostTensor) => {
        const channels = qkv.shape[0]! / 3;
        return toMatrix(selectRows(qkv, attentionRows(channels, headsOf(model, channels), order)[index]!));
      };
      move(`${ours}.${projection}`, `${theirs}.qkv`, take);
    }
  }
  return result;
}

/** Translates diffusers' names to those of guided-diffusion and consistency_models: the inverse of {@link fromOpenAi}. */
export function toOpenAi(tensors: StateDict, model: UNet2DSettings, { order, axes }: AttentionLayout): StateDict {
  const result: StateDict = {};
  const move = (ours: string, theirs: string, change = (tensor: HostTensor) => tensor) => {
    for (const leaf of ['weight', 'bias']) {
      const tensor = tensors[`${ours}.${leaf}`];
      if (tensor !== undefined) result[`${theirs}.${leaf}`] = change(tensor);
    }
  };
  const toConvolution = (tensor: HostTensor) =>
    tensor.shape.length === 2
      ? reshapeTensor(tensor, [...tensor.shape, ...new Array<number>(axes - 2).fill(1)])
      : tensor;
  for (const { ours, theirs, kind } of listParts(model)) {
    if (kind === 'layer') move(ours, theirs);
    if (kind === 'resnet') for (const [own, other] of RESNET_LAYERS) move(`${ours}.${own}`, `${theirs}.${other}`);
    if (kind !== 'attention') continue;
    move(`${ours}.group_norm`, `${theirs}.norm`);
    for (const leaf of ['weight', 'bias']) {
      const parts = PROJECTIONS.flatMap((projection) => tensors[`${ours}.${projection}.${leaf}`] ?? []);
      if (parts.length < PROJECTIONS.length) continue;
      const channels = parts[0]!.shape[0]!;
      const places = attentionPlaces(channels, headsOf(model, channels), order);
      result[`${theirs}.qkv.${leaf}`] = toConvolution(selectRows(joinRows(parts), places));
    }
    move(`${ours}.to_out.0`, `${theirs}.proj_out`, toConvolution);
  }
  return result;
}

/** Lists the parts of a network in the order of guided-diffusion's files. */
function* listParts(model: UNet2DSettings): Generator<Part> {
  const { blockOutChannels, layersPerBlock, downAttention, upAttention, downsample, upsample } = model;
  const levels = blockOutChannels.length;
  yield { ours: 'time_embedding.linear_1', theirs: 'time_embed.0', kind: 'layer' };
  yield { ours: 'time_embedding.linear_2', theirs: 'time_embed.2', kind: 'layer' };
  yield { ours: 'class_embedding', theirs: 'label_emb', kind: 'layer' };
  yield { ours: 'conv_in', theirs: 'input_blocks.0.0', kind: 'layer' };
  for (let level = 0, block = 1; level < levels; level++) {
    const ours = `down_blocks.${level}`;
    for (let layer = 0; layer < layersPerBlock; layer++, block++) {
      yield { ours: `${ours}.resnets.${layer}`, theirs: `input_blocks.${block}.0`, kind: 'resnet' };
      if (!downAttention[level]) continue;
      yield { ours: `${ours}.attentions.${layer}`, theirs: `input_blocks.${block}.1`, kind: 'attention' };
    }
    if (level === levels - 1) continue;
    const theirs = `input_blocks.${block++}.0`;
    if (downsample[level] === 'resnet') yield { ours: `${ours}.downsamplers.0`, theirs, kind: 'resnet' };
    else yield { ours: `${ours}.downsamplers.0.conv`, theirs: `${theirs}.op`, kind: 'layer' };
  }
  yield { ours: 'mid_block.resnets.0', theirs: 'middle_block.0', kind: 'resnet' };
  yield { ours: 'mid_block.attentions.0', theirs: 'middle_block.1', kind: 'attention' };
  yield { ours: 'mid_block.resnets.1', theirs: 'middle_block.2', kind: 'resnet' };
  for (let level = 0, block = 0; level < levels; level++) {
    const ours = `up_blocks.${level}`;
    for (let layer = 0; layer <= layersPerBlock; layer++, block++) {
      yield { ours: `${ours}.resnets.${layer}`, theirs: `output_blocks.${block}.0`, kind: 'resnet' };
      if (upAttention[level]) {
        yield { ours: `${ours}.attentions.${layer}`, theirs: `output_blocks.${block}.1`, kind: 'attention' };
      }
    }
    if (level === levels - 1) continue;
    const theirs = `output_blocks.${block - 1}.${upAttention[level] ? 2 : 1}`;
    if (upsample[level] === 'resnet') yield { ours: `${ours}.upsamplers.0`, theirs, kind: 'resnet' };
    else yield { ours: `${ours}.upsamplers.0.conv`, theirs: `${theirs}.conv`, kind: 'layer' };
  }
  yield { ours: 'conv_norm_out', theirs: 'out.0', kind: 'layer' };
  yield { ours: 'conv_out', theirs: 'out.2', kind: 'layer' };
}

function headsOf({ headChannels, numHeads }: UNet2DSettings, channels: number): number {
  return headChannels === 0 ? numHeads : channels / headChannels;
}

/** [out, in, 1] and [out, in, 1, 1] to [out, in]; a bias stays as it is. */
function toMatrix(tensor: HostTensor): HostTensor {
  return tensor.shape.length < 3 ? tensor : reshapeTensor(tensor, tensor.shape.slice(0, 2));
}
