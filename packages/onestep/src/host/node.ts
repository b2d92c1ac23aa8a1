import { fileURLToPath } from 'node:url';
import { CheckpointError } from '@onestep/checkpoint';
import { fileSource } from '@onestep/checkpoint/node';
import { downloadToCache } from '../node/cached-download.js';
import type { Host } from './host.js';

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

async function localPath(address: string, options: Parameters<typeof downloadToCache>[1]): Promise<string> {
  if (/^https?:\/\//i.test(address)) return downloadToCache(address, options);
  return /^file:\/\//i.test(address) ? fileURLToPath(address) : address;
}
