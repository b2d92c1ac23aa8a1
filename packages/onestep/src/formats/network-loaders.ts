import { isPixelSettings, readGeneratorRecord, type NetworkSnapshot, type SavedNetwork } from '@onestep/diffusion-core';
import { isDdpmSettings, loadDdpmNetwork } from '@onestep/ddpm';
import { isEdm2Settings, loadEdm2Network, loadNetwork as loadEdmNetwork } from '@onestep/edm';
import { isStyleGan2, loadGenerator as loadStyleGan2 } from '@onestep/stylegan2';
import { loadPixels } from './pixels.js';

/** Builds the networks of a package from their network files. */
interface NetworkLoader {
  /** Whether settings describe a network of this package. */
  builds(settings: Readonly<Record<string, unknown>>): boolean;
  /** Whether its networks are generators with latents of their own, and not denoisers. Default: false. */
  ownLatents?: boolean;
  /** @throws CheckpointError if the weights do not fit the settings */
  load(snapshot: NetworkSnapshot, name: string): SavedNetwork;
}

/** The packages with networks. The last one gets all settings that no other knows, and says what is wrong with them. */
const LOADERS: readonly NetworkLoader[] = [
  { builds: isStyleGan2, load: loadStyleGan2, ownLatents: true },
  { builds: isPixelSettings, load: loadPixels, ownLatents: true },
  { builds: isEdm2Settings, load: loadEdm2Network },
  { builds: isDdpmSettings, load: loadDdpmNetwork },
  { builds: () => true, load: loadEdmNetwork },
];

/**
 * Builds the network of a network file on the engine that runs.
 *
 * @param name of the file, for messages
 * @throws CheckpointError if the settings do not describe a network, or the weights do not fit them
 */
export function loadNetwork(snapshot: NetworkSnapshot, name: string): SavedNetwork {
  const { settings } = readGeneratorRecord(snapshot.metadata, name);
  return findLoader(settings).load(snapshot, name);
}

/** Whether settings are those of a generator with latents of its own. */
export function describesOwnLatents(settings: Readonly<Record<string, unknown>>): boolean {
  return findLoader(settings).ownLatents ?? false;
}

function findLoader(settings: Readonly<Record<string, unknown>>): NetworkLoader {
  return LOADERS.find((loader) => loader.builds(settings))!;
}
