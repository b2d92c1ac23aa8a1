import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { attentionPlaces, attentionRows } from '../state-dict/attention-rows.js';
import { computeTensor, joinRows, reshapeTensor, selectRows } from '../state-dict/lazy-tensor.js';
import type { UNet2DSettings } from '../unet/unet-2d-settings.js';

const PREFIX = 'model.';
/** Layers of a residual block: [ours, EDM's]. */
const RESNET_LAYERS = [
  ['norm1', 'norm0'],
  ['conv1', 'conv0'],
  ['time_emb_proj', 'affine'],
  ['norm2', 'norm1'],
  ['conv2', 'conv1'],
  ['conv_shortcut', 'skip'],
] as const;
const LAYERS = [
  ['time_embedding.linear_1', 'map_layer0'],
  ['time_embedding.linear_2', 'map_layer1'],
  ['conv_norm_out', 'out_norm'],
  ['conv_out', 'out_conv'],
] as const;
const PROJECTIONS = ['to_q', 'to_k', 'to_v'] as const;
const LEAVES = ['weight', 'bias'] as const;

/** A block of EDM with its parts here. */
interface Block {
  theirs: string;
  resnet: string;
  attention: string | null;
  resamples: boolean;
}

/** Translates the names of EDM's ADM to diffusers' names. Missing tensors stay missing. */
export function fromAdm(tensors: StateDict, model: UNet2DSettings, imgResolution: number): StateDict {
  const result: StateDict = {};
  const move = (ours: string, theirs: string, change = (tensor: HostTensor) => tensor) => {
    for (const leaf of LEAVES) {
      const tensor = tensors[`${PREFIX}${theirs}.${leaf}`];
      if (tensor !== undefined) result[`${ours}.${leaf}`] = change(tensor);
    }
  };
  for (const [ours, theirs] of LAYERS) move(ours, theirs);
  move('conv_in', `enc.${imgResolution}x${imgResolution}_conv`);
  move('class_embedding', 'map_label', transpose);
  for (const { theirs, resnet, attention } of listBlocks(model, imgResolution)) {
    for (const [own, other] of RESNET_LAYERS) move(`${resnet}.${own}`, `${theirs}.${other}`);
    if (attention === null) continue;
    move(`${attention}.group_norm`, `${theirs}.norm2`);
    move(`${attention}.to_out.0`, `${theirs}.proj`, toMatrix);
    for (const [kind, projection] of PROJECTIONS.entries()) {
      move(`${attention}.${projection}`, `${theirs}.qkv`, (qkv) => {
        const channels = qkv.shape[0]! / 3;
        return toMatrix(selectRows(qkv, attentionRows(channels, 1, 'by-channel')[kind]!));
      });
    }
  }
  return result;
}

/** Translates diffusers' names to those of EDM's ADM: the inverse of {@link fromAdm}. */
export function toAdm(tensors: StateDict, model: UNet2DSettings, imgResolution: number): StateDict {
  const result: StateDict = {};
  const move = (ours: string, theirs: string, change = (tensor: HostTensor) => tensor) => {
    for (const leaf of LEAVES) {
      const tensor = tensors[`${ours}.${leaf}`];
      if (tensor !== undefined) result[`${PREFIX}${theirs}.${leaf}`] = change(tensor);
    }
  };
  for (const [ours, theirs] of LAYERS) move(ours, theirs);
  move('conv_in', `enc.${imgResolution}x${imgResolution}_conv`);
  move('class_embedding', 'map_label', transpose);
  for (const { theirs, resnet, attention, resamples } of listBlocks(model, imgResolution)) {
    for (const [own, other] of RESNET_LAYERS) move(`${resnet}.${own}`, `${theirs}.${other}`);
    if (resamples) {
      for (const layer of ['conv0', 'skip']) result[`${PREFIX}${theirs}.${layer}.resample_filter`] = boxFilter();
    }
    if (attention === null) continue;
    move(`${attention}.group_norm`, `${theirs}.norm2`);
    for (const leaf of LEAVES) {
      const parts = PROJECTIONS.flatMap((projection) => tensors[`${attention}.${projection}.${leaf}`] ?? []);
      if (parts.length < PROJECTIONS.length) continue;
      const rows = selectRows(joinRows(parts), attentionPlaces(parts[0]!.shape[0]!, 1, 'by-channel'));
      result[`${PREFIX}${theirs}.qkv.${leaf}`] = toConvolution(rows);
    }
    move(`${attention}.to_out.0`, `${theirs}.proj`, toConvolution);
  }
  return result;
}

function* listBlocks(model: UNet2DSettings, imgResolution: number): Generator<Block> {
  const { blockOutChannels, layersPerBlock, downAttention, upAttention } = model;
  const lowest = blockOutChannels.length - 1;
  const prefix = (level: number) => `${imgResolution >> level}x${imgResolution >> level}`;
  for (let level = 0; level <= lowest; level++) {
    if (level > 0) {
      const resnet = `down_blocks.${level - 1}.downsamplers.0`;
      yield { theirs: `enc.${prefix(level)}_down`, resnet, attention: null, resamples: true };
    }
    for (let layer = 0; layer < layersPerBlock; layer++) {
      const ours = `down_blocks.${level}`;
      const attention = downAttention[level] ? `${ours}.attentions.${layer}` : null;
      const theirs = `enc.${prefix(level)}_block${layer}`;
      yield { theirs, resnet: `${ours}.resnets.${layer}`, attention, resamples: false };
    }
  }
  const middle = { attention: 'mid_block.attentions.0', resamples: false };
  yield { theirs: `dec.${prefix(lowest)}_in0`, resnet: 'mid_block.resnets.0', ...middle };
  yield { theirs: `dec.${prefix(lowest)}_in1`, resnet: 'mid_block.resnets.1', attention: null, resamples: false };
  for (let index = 0; index <= lowest; index++) {
    const level = lowest - index;
    if (index > 0) {
      const resnet = `up_blocks.${index - 1}.upsamplers.0`;
      yield { theirs: `dec.${prefix(level)}_up`, resnet, attention: null, resamples: true };
    }
    for (let layer = 0; layer <= layersPerBlock; layer++) {
      const ours = `up_blocks.${index}`;
      const attention = upAttention[index] ? `${ours}.attentions.${layer}` : null;
      const theirs = `dec.${prefix(level)}_block${layer}`;
      yield { theirs, resnet: `${ours}.resnets.${layer}`, attention, resamples: false };
    }
  }
}

/** The filter that averages or repeats 2x2 pixels, a buffer of EDM's files. */
function boxFilter(): HostTensor {
  return { shape: [1, 1, 2, 2], data: new Float32Array(4).fill(1 / 4) };
}

function toMatrix(tensor: HostTensor): HostTensor {
  return tensor.shape.length < 3 ? tensor : reshapeTensor(tensor, tensor.shape.slice(0, 2));
}

function toConvolution(tensor: HostTensor): HostTensor {
  return tensor.shape.length === 2 ? reshapeTensor(tensor, [...tensor.shape, 1, 1]) : tensor;
}

function transpose(tensor: HostTensor): HostTensor {
  const [rows, columns] = tensor.shape as [number, number];
  return computeTensor([tensor], [columns, rows], (elements) =>
    Float32Array.from({ length: elements.length }, (_, i) => elements[(i % rows) * columns + Math.floor(i / rows)]!),
  );
}
