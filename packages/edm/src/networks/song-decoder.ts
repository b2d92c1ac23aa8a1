import type { FeatureMap } from '@onestep/diffusion-core';
import { Conv2d, GroupNorm, type Module, type ModuleDict } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import type { SongUNetSettings } from './song-unet-settings.js';
import { UNetBlock, type BlockStyle } from './unet-block.js';

/** One layer of the decoder. */
export type DecoderStep =
  | { kind: 'block'; layer: UNetBlock; takesSkip: boolean }
  /** Doubles the resolution of the output so far (decoder type skip). */
  | { kind: 'aux_up'; layer: Conv2d }
  /** Normalizes, applies SiLU, convolves to the output channels, and adds the result to the output so far. */
  | { kind: 'aux_out'; norm: GroupNorm; conv: Conv2d };

/** Builds the decoder's layers under their published names into `dec`. */
export function buildSongDecoder(
  dec: ModuleDict<Module>,
  { imgResolution, outChannels }: { imgResolution: number; outChannels: number },
  encoderOutputs: readonly FeatureMap[],
  settings: SongUNetSettings,
  style: BlockStyle,
  rng: Rng | null,
): DecoderStep[] {
  const { modelChannels, channelMult, numBlocks, attnResolutions, decoderType, resampleFilter } = settings;
  const steps: DecoderStep[] = [];
  const kept = encoderOutputs.map(({ channels }) => channels);
  const block = (name: string, layer: UNetBlock, takesSkip = false) =>
    steps.push({ kind: 'block', layer: dec.add(name, layer), takesSkip });
  let channels = kept.at(-1)!;
  const lowest = channelMult.length - 1;
  for (let level = lowest; level >= 0; level--) {
    const resolution = imgResolution >> level;
    const prefix = `${resolution}x${resolution}`;
    if (level === lowest) {
      block(`${prefix}_in0`, new UNetBlock(channels, channels, style, rng, { attention: true }));
      block(`${prefix}_in1`, new UNetBlock(channels, channels, style, rng));
    } else {
      block(`${prefix}_up`, new UNetBlock(channels, channels, style, rng, { resample: 'up' }));
    }
    for (let index = 0; index <= numBlocks; index++) {
      const width = modelChannels * channelMult[level]!;
      const attention = index === numBlocks && attnResolutions.includes(resolution);
      const layer = new UNetBlock(channels + kept.pop()!, width, style, rng, { attention });
      block(`${prefix}_block${index}`, layer, true);
      channels = width;
    }
    if (decoderType === 'skip' && level < lowest) {
      const up = new Conv2d(outChannels, outChannels, 0, rng, { resample: 'up', resampleFilter });
      steps.push({ kind: 'aux_up', layer: dec.add(`${prefix}_aux_up`, up) });
    }
    if (decoderType === 'skip' || level === 0) {
      const norm = dec.add(`${prefix}_aux_norm`, new GroupNorm(channels, { epsilon: style.epsilon }));
      const conv = new Conv2d(channels, outChannels, 3, rng, { init: style.initZero });
      steps.push({ kind: 'aux_out', norm, conv: dec.add(`${prefix}_aux_conv`, conv) });
    }
  }
  return steps;
}
