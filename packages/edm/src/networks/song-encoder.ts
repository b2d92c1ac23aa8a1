import type { FeatureMap } from '@onestep/diffusion-core';
import { Conv2d, type Module, type ModuleDict } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import type { SongUNetSettings } from './song-unet-settings.js';
import { UNetBlock, type BlockStyle } from './unet-block.js';

/** One layer of the encoder, and the use of its output. */
export type EncoderStep =
  /** The main path; the output is also kept for the decoder. */
  | { kind: 'main'; layer: Conv2d | UNetBlock }
  /** The side path of half-resolution images (encoder type skip). */
  | { kind: 'aux_down'; layer: Conv2d }
  /** Adds the side path to the main one. */
  | { kind: 'aux_skip'; layer: Conv2d }
  /** Adds the side path to the main one, and replaces the side path by the sum (encoder type residual). */
  | { kind: 'aux_residual'; layer: Conv2d };

/** The layers of an encoder. */
export interface SongEncoder {
  /** The layers, in order. */
  steps: EncoderStep[];
  /** The outputs of the main path, in order, kept for the decoder. */
  outputs: FeatureMap[];
}

/** Builds the encoder's layers under their published names into `enc`. */
export function buildSongEncoder(
  enc: ModuleDict<Module>,
  { imgResolution, inChannels }: { imgResolution: number; inChannels: number },
  settings: SongUNetSettings,
  style: BlockStyle,
  rng: Rng | null,
): SongEncoder {
  const { modelChannels, channelMult, numBlocks, attnResolutions, encoderType, resampleFilter } = settings;
  const { init } = style;
  const steps: EncoderStep[] = [];
  const outputs: FeatureMap[] = [];
  let channels = inChannels;
  let auxChannels = inChannels;
  for (const [level, mult] of channelMult.entries()) {
    const resolution = imgResolution >> level;
    const prefix = `${resolution}x${resolution}`;
    const main = (name: string, layer: Conv2d | UNetBlock, channels: number) => {
      steps.push({ kind: 'main', layer: enc.add(name, layer) });
      outputs.push({ name, resolution, channels });
    };
    if (level === 0) {
      main(`${prefix}_conv`, new Conv2d(channels, modelChannels, 3, rng, { init }), modelChannels);
      channels = modelChannels;
    } else {
      main(`${prefix}_down`, new UNetBlock(channels, channels, style, rng, { resample: 'down' }), channels);
      if (encoderType === 'skip') {
        const down = new Conv2d(auxChannels, auxChannels, 0, rng, { resample: 'down', resampleFilter });
        steps.push({ kind: 'aux_down', layer: enc.add(`${prefix}_aux_down`, down) });
        const skip = new Conv2d(auxChannels, channels, 1, rng, { init });
        steps.push({ kind: 'aux_skip', layer: enc.add(`${prefix}_aux_skip`, skip) });
      }
      if (encoderType === 'residual') {
        const options = { resample: 'down', resampleFilter, fusedResample: true, init } as const;
        const residual = new Conv2d(auxChannels, channels, 3, rng, options);
        steps.push({ kind: 'aux_residual', layer: enc.add(`${prefix}_aux_residual`, residual) });
        auxChannels = channels;
      }
    }
    const attention = attnResolutions.includes(resolution);
    for (let index = 0; index < numBlocks; index++) {
      const width = modelChannels * mult;
      main(`${prefix}_block${index}`, new UNetBlock(channels, width, style, rng, { attention }), width);
      channels = width;
    }
  }
  return { steps, outputs };
}
