import { iddpmLevels } from '@onestep/diffusion-core';
import type { HostTensor, StateDict } from '@onestep/checkpoint';
import type { NetworkSettings } from '../network-settings.js';

/** Layers that resample, by their weights: the block that changes the resolution, and the side paths. */
const RESAMPLING: [pattern: RegExp, filters: readonly string[]][] = [
  [/^(model\.(?:enc|dec)\.\d+x\d+_(?:down|up))\.conv0\.weight$/, ['.conv0', '.skip']],
  [/^(model\.enc\.\d+x\d+_aux_residual)\.weight$/, ['']],
  [/^(model\.enc\.\d+x\d+_aux_)skip\.weight$/, ['down']],
];

/**
 * Computes the constant buffers that weights lack, as those of EMAs of parameters alone do: resampling filters, and the noise
 * levels of iDDPM networks. The frequencies of a Fourier embedding are random, and cannot be computed.
 *
 * @param settings of the network, from {@link settingsFromWeights}
 * @returns the weights with their buffers
 */
export function addMissingBuffers(weights: StateDict, settings: NetworkSettings): StateDict {
  const { model, preconditioning } = settings;
  const missing = new Map<string, HostTensor>();
  const add = (name: string, tensor: HostTensor) => {
    if (!Object.hasOwn(weights, name)) missing.set(name, tensor);
  };
  const filter = filterOf(model.modelType === 'SongUNet' ? model.resampleFilter : [1, 1]);
  const hasSideOutputs = model.modelType === 'SongUNet' && model.decoderType === 'skip';
  for (const name of Object.keys(weights)) {
    for (const [pattern, filters] of RESAMPLING) {
      const layer = pattern.exec(name)?.[1];
      if (layer !== undefined) for (const rest of filters) add(`${layer}${rest}.resample_filter`, filter);
    }
    const up = /^(model\.dec\.\d+x\d+_)up\.conv0\.weight$/.exec(name)?.[1];
    if (up !== undefined && hasSideOutputs) add(`${up}aux_up.resample_filter`, filter);
  }
  // The first level has no resampling before its side path.
  missing.delete(`model.enc.${settings.imgResolution}x${settings.imgResolution}_aux_down.resample_filter`);
  if (preconditioning.scheme === 'iddpm') {
    const levels = Float32Array.from(iddpmLevels(preconditioning));
    add('u', { shape: [levels.length], data: levels });
  }
  return { ...weights, ...Object.fromEntries(missing) };
}

/** The outer product of taps over the square of their sum. */
function filterOf(taps: readonly number[]): HostTensor {
  const sum = taps.reduce((a, b) => a + b, 0);
  const data = Float32Array.from(taps.flatMap((a) => taps.map((b) => (a * b) / sum ** 2)));
  return { shape: [1, 1, taps.length, taps.length], data };
}
