import type { StateDict } from '@onestep/checkpoint';
import { selectNetwork } from '../state-dict/select-network.js';
import type { Config } from './config-values.js';
import { modernizeConfig } from './old-config.js';

/** Levels of the network for 32x32 images; the others are for 256x256, and end at 8x8 pixels. */
const SMALL_LEVELS = 4;

/**
 * Describes the network in a file of DDPM's PyTorch versions by the names and shapes of its weights.
 *
 * @throws Error naming a tensor that is missing
 */
export function inferDdpmConfig(file: StateDict): Config {
  const tensors = selectNetwork(file, 'conv_in.weight') ?? file;
  const names = Object.keys(tensors);
  const shape = (name: string): number[] => {
    if (!Object.hasOwn(tensors, name)) throw new Error(`the tensor ${name} is missing`);
    return tensors[name]!.shape;
  };
  const count = (pattern: RegExp) => new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? [])).size;
  const levels = count(/^down\.(\d+)\./);
  const [base, inChannels] = shape('conv_in.weight') as [number, number];
  const resolution = levels === SMALL_LEVELS ? 32 : 8 << (levels - 1);
  const numbers = Array.from({ length: levels }, (_, level) => level);
  const attends = (level: number) => Object.hasOwn(tensors, `down.${level}.attn.0.norm.weight`);
  return modernizeConfig({
    _class_name: 'UNetModel',
    resolution,
    in_channels: inChannels,
    out_ch: shape('conv_out.weight')[0],
    ch: base,
    ch_mult: numbers.map((level) => shape(`down.${level}.block.0.conv1.weight`)[0]! / base),
    num_res_blocks: count(/^down\.0\.block\.(\d+)\./),
    attn_resolutions: numbers.filter(attends).map((level) => resolution >> level),
    dropout: 0.1,
  });
}
