import { fileURLToPath } from 'node:url';
import { CheckpointError } from '@onestep/checkpoint';
import { fileSource } from '@onestep/checkpoint/node';
import { downloadToCache } from '../node/cached-download.js';
import { findRunSnapshot } from '../node/run-snapshot.js';
import type { Host, LoadOptions } from './host.js';

/** Node reads files where they are, piece by piece, and keeps what it downloads. */
export const openAddress: Host['openAddress'] = async (address, { name, ...options }) => {
  const path = await localPath(String(address), options);
  try {
    const source = fileSource(path);
    return name === undefined ? source : { ...source, name };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CheckpointError(path, 'there is no such file', { cause: error });
  }
};

/**
 * The path of the file at an address: a URL is downloaded into the cache, a run folder stands for one of its snapshots.
 *
 * @internal
 */
export async function localPath(address: string, options: LoadOptions = {}): Promise<string> {
  if (/^https?:\/\//i.test(address)) return downloadToCache(address, options);
  if (/^file:\/\//i.test(address)) return fileURLToPath(address);
  return (await findRunSnapshot(address))?.path ?? address;
}
