import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { reshapeTensor } from '../state-dict/lazy-tensor.js';
import { selectNetwork } from '../state-dict/select-network.js';

/** The first layer. */
const MARKER = 'conv_in.weight';

/** Parts of names in older files, and what they are called now. */
const RENAMED: readonly [RegExp, string][] = [
  [/^mid\./, 'mid_block.'],
  [/^downsample_blocks\./, 'down_blocks.'],
  [/^upsample_blocks\./, 'up_blocks.'],
  [/\.query\./, '.to_q.'],
  [/\.key\./, '.to_k.'],
  [/\.value\./, '.to_v.'],
  [/\.proj_attn\./, '.to_out.0.'],
  [/\.(?:nin_shortcut)\./, '.conv_shortcut.'],
];

/** Names in the files of the PyTorch versions of DDPM, which the class `UNetModel` had too. */
const DDPM_RENAMED: readonly [RegExp, string][] = [
  [/^temb\.dense\.0\./, 'time_embedding.linear_1.'],
  [/^temb\.dense\.1\./, 'time_embedding.linear_2.'],
  [/^norm_out\./, 'conv_norm_out.'],
  [/^mid\.block_1\./, 'mid_block.resnets.0.'],
  [/^mid\.block_2\./, 'mid_block.resnets.1.'],
  [/^mid\.attn_1\./, 'mid_block.attentions.0.'],
  [/^(down|up)\.(\d+)\.block\./, '$1_blocks.$2.resnets.'],
  [/^(down|up)\.(\d+)\.attn\./, '$1_blocks.$2.attentions.'],
  [/^(down|up)\.(\d+)\.downsample\./, '$1_blocks.$2.downsamplers.0.'],
  [/^(down|up)\.(\d+)\.upsample\./, '$1_blocks.$2.upsamplers.0.'],
  [/(attentions\.\d+)\.norm\./, '$1.group_norm.'],
  [/(attentions\.\d+)\.([qkv])\./, '$1.to_$2.'],
  [/(attentions\.\d+)\.proj_out\./, '$1.to_out.0.'],
  [/\.temb_proj\./, '.time_emb_proj.'],
  [/\.nin_shortcut\./, '.conv_shortcut.'],
];

/**
 * Gives the tensors of a `UNet2DModel` of any version their present names and shapes: attention was called `query`, `key`,
 * `value` and `proj_attn`, and may be stored as 1x1 convolutions.
 */
export function modernizeNames(tensors: StateDict): StateDict {
  const own = selectNetwork(tensors, MARKER) ?? tensors;
  const names = Object.keys(own);
  const isDdpm = isDdpmStateDict(own);
  const levels = new Set(names.flatMap((name) => /^up\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  const entries = Object.entries(own).map(([name, tensor]): [string, HostTensor] => {
    let renamed = name;
    for (const [from, to] of isDdpm ? DDPM_RENAMED : RENAMED) renamed = renamed.replace(from, to);
    // DDPM counts levels by resolution on the way up too.
    if (isDdpm)
      renamed = renamed.replace(/^up_blocks\.(\d+)/, (_, level: string) => `up_blocks.${levels - 1 - Number(level)}`);
    return [renamed, toMatrix(renamed, tensor)];
  });
  return Object.fromEntries(entries);
}

/** Whether the names are those of the PyTorch versions of DDPM (`temb.dense.0`, `down.0.block.0`). */
export function isDdpmStateDict(tensors: StateDict): boolean {
  return selectNetwork(tensors, 'temb.dense.0.weight') !== null;
}

/** Whether the names are those of a `UNet2DModel`, of any version. */
export function isUNet2DStateDict(tensors: StateDict): boolean {
  const own = selectNetwork(tensors, MARKER) ?? {};
  const names = Object.keys(own);
  return 'conv_out.weight' in own && names.some((name) => /^(down_blocks|downsample_blocks|down)\.0\./.test(name));
}

/** [out, in, 1, 1] and [out, in, 1] to [out, in], in attention. */
function toMatrix(name: string, tensor: HostTensor): HostTensor {
  const [rows, columns, ...rest] = tensor.shape;
  if (!/\.to_(q|k|v|out\.0)\.weight$/.test(name) || rest.length === 0 || rest.some((size) => size !== 1)) return tensor;
  return reshapeTensor(tensor, [rows!, columns!]);
}
