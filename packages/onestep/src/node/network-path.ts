import type { LoadOptions } from '../files/open-source.js';
import { localPath } from '../host/node.js';
import { addressOf, type NetworkRole } from '../network-file.js';

/**
 * Finds the file that a network is loaded from: that of a model by its name; a URL, or the name of a published network,
 * downloaded into the cache; the snapshot that a run folder stands for; any other path as it is.
 *
 * @param role of the two networks of a model that comes with the package
 * @throws RangeError if the address is not valid; CheckpointError if it cannot be downloaded, or a run has no snapshot
 */
export async function networkPath(source: string, role: NetworkRole, options: LoadOptions = {}): Promise<string> {
  return localPath(String(addressOf(source, role)), options);
}
