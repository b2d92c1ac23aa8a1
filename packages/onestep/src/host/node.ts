import { fileURLToPath } from 'node:url';
import { BackendError } from '@onestep/backends';
import { CheckpointError } from '@onestep/checkpoint';
import { lookAt } from '@onestep/checkpoint/node';
import { downloadToCache } from '../node/cached-download.js';
import { openCheckpointFile, openCheckpointFolder } from '../node/checkpoint-folder.js';
import { downloadFromHub, isHubAddress } from '../node/hub.js';
import { hubAddressOfPage } from '../node/hub-address.js';
import { findRunSnapshot } from '../node/run-snapshot.js';
import type { Host, LoadOptions } from './host.js';

/** Node reads files where they are, piece by piece, and keeps what it downloads. */
export const openAddress: Host['openAddress'] = async (address, { name, ...options }) => {
  const path = await localPath(String(address), options);
  const found = lookAt(path);
  if (found === null) throw new CheckpointError(path, 'there is no such file');
  const opened = found.isDirectory() ? await openCheckpointFolder(path) : await openCheckpointFile(path);
  return name === undefined
    ? opened
    : { ...opened, name, weights: opened.weights.map((source) => ({ ...source, name })) };
};

export const openBfloat16: Host['openBfloat16'] = async () => {
  const { compileOpenVino, requireBfloat16 } = await import('@onestep/backends/onnx');
  try {
    requireBfloat16();
  } catch (error) {
    throw new BackendError(`The precision bfloat16 does not work here. ${(error as Error).message}`, { cause: error });
  }
  return (evaluate, inputs) => compileOpenVino(evaluate, inputs, 'bfloat16');
};

/**
 * The path of the file at an address: a URL is downloaded into the cache, a run folder stands for one of its snapshots.
 *
 * @internal
 */
export async function localPath(address: string, options: LoadOptions = {}): Promise<string> {
  const page = hubAddressOfPage(address);
  if (page !== undefined)
    throw new RangeError(`${address} is a web page of the Hugging Face Hub. Give ${page} for its files.`);
  if (/^https?:\/\//i.test(address)) return downloadToCache(address, options);
  if (isHubAddress(address)) return downloadFromHub(address, options);
  if (/^file:\/\//i.test(address)) return fileURLToPath(address);
  return (await findRunSnapshot(address))?.path ?? address;
}
