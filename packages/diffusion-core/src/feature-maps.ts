import type { FeatureMap } from './denoiser.js';

/**
 * Picks feature maps by name.
 *
 * @returns the index of each in `maps`
 * @throws if there is no map of a name
 * @internal
 */
export function findFeatureMaps(maps: readonly FeatureMap[], names: readonly string[]): number[] {
  return names.map((name) => {
    const index = maps.findIndex((map) => map.name === name);
    if (index >= 0) return index;
    throw new Error(`This network has no feature map ${name}. It has ${maps.map((map) => map.name).join(', ')}.`);
  });
}
