import type { Parameter } from '@onestep/nn';
import type { DiscriminatorNetwork } from '../networks/discriminator-network.js';

/** Layers of a block, in the published order. */
const LAYERS = ['fromrgb', 'conv0', 'conv1', 'skip'];

/**
 * The parameters of a discriminator that are trained where its first layers are frozen (Freeze-D, Mo et al. 2020): layers are counted
 * from the highest resolution on, and those of the last block are never frozen.
 *
 * @param count number of frozen layers; 0 for none
 */
export function trainedParameters(discriminator: DiscriminatorNetwork, count: number): Map<string, Parameter> {
  const layers = discriminator.children().flatMap(([block, module]) => {
    if (!/^b\d+$/.test(block) || block === 'b4') return [];
    const own = new Set(module.children().map(([name]) => name));
    return LAYERS.filter((layer) => own.has(layer)).map((layer) => `${block}.${layer}.`);
  });
  const frozen = layers.slice(0, count);
  const isTrained = (name: string) => !frozen.some((prefix) => name.startsWith(prefix));
  return new Map([...discriminator.namedParameters()].filter(([name]) => isTrained(name)));
}
