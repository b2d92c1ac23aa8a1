import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CheckpointError } from '@onestep/checkpoint';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { LoadOptions } from '../host/host.js';
import { cacheFolder } from './cache-folder.js';
import { downloadTo } from './cached-download.js';
import { parseHubAddress, type HubAddress } from './hub-address.js';
import { listRepository, type Repository } from './hub-repository.js';
import { chooseWeights } from './weights-files.js';

export { isHubAddress } from './hub-address.js';

/** Weights that are not in the layout of diffusers. */
const WEIGHTS = /\.(safetensors|pkl|pth|pt|ckpt|bin)$/i;
const SHOWN = 8;

/**
 * Downloads a file or a folder of the Hugging Face Hub into the cache, unless it is there: `hf://owner/name`,
 * `hf://owner/name/file`, with `@revision` at the end for another revision than `main`. Of a repository in the layout of
 * diffusers, the configuration and the weights are downloaded; of another one, its only file of weights. Large files are
 * compared with the checksums that the Hub states. `HF_TOKEN` is the token for private repositories, `HF_ENDPOINT` the address
 * of another Hub.
 *
 * @returns the path of the file or the folder
 * @throws RangeError if the address is not valid; CheckpointError if the repository or the file cannot be had
 */
export async function downloadFromHub(address: string, options: LoadOptions = {}): Promise<string> {
  const hub = parseHubAddress(address);
  const root = join(cacheFolder(), 'hub', `${hub.owner}--${hub.name}`);
  const repository = await findRepository(hub, root);
  const { path, files } = chooseFiles(hub, repository);
  const folder = join(root, repository.commit);
  for (const file of files) await fetchFile(hub, repository, file, folder, options);
  return path === '' ? folder : join(folder, ...path.split('/'));
}

/** Asks the Hub for the files of a revision. Without a connection, what it said last time is used. */
async function findRepository(hub: HubAddress, root: string): Promise<Repository> {
  const listing = join(root, 'revisions', `${encodeURIComponent(hub.revision)}.json`);
  try {
    const repository = await listRepository(hub);
    await mkdir(dirname(listing), { recursive: true });
    await writeFileAtomically(listing, JSON.stringify(repository));
    return repository;
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const known = await readFile(listing, 'utf8').catch(() => undefined);
    if (known !== undefined) return JSON.parse(known) as Repository;
    const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
    const what = `${hub.endpoint} could not be reached: ${code ?? message}. Download the file elsewhere, and use its path`;
    throw new CheckpointError(hub.address, what, { cause: error });
  }
}

/** The files to download, and the one or the folder that is opened, relative to the repository. */
function chooseFiles(hub: HubAddress, { files }: Repository): { path: string; files: string[] } {
  const names = Object.keys(files);
  if (names.includes(hub.path)) {
    const sibling = hub.path.replace(/\.[^./]*$/, '.json');
    return { path: hub.path, files: names.includes(sibling) ? [...new Set([hub.path, sibling])] : [hub.path] };
  }
  const prefix = hub.path === '' ? '' : `${hub.path}/`;
  const inner = names.filter((name) => name.startsWith(prefix));
  if (inner.length === 0) throw notThere(hub, names);
  const weights = chooseWeights(inner.map((name) => name.slice(prefix.length))).map((name) => prefix + name);
  const hasConfig = inner.some((name) => /(^|\/)config\.json$/.test(name));
  if (weights.length > 0 && hasConfig) {
    const json = inner.filter((name) => isConfiguration(name.slice(prefix.length)));
    return { path: hub.path, files: [...json, ...weights] };
  }
  const alone = inner.filter((name) => WEIGHTS.test(name));
  if (alone.length === 1) return { path: alone[0]!, files: [alone[0]!] };
  throw notThere(hub, alone.length > 0 ? alone : names);
}

/** Configurations of a diffusion model: in the root, of the UNet and of its scheduler. */
function isConfiguration(name: string): boolean {
  return /^(?:(?:unet_ema|unet|scheduler)\/)?[^/]+\.json$/.test(name);
}

function notThere(hub: HubAddress, names: readonly string[]): CheckpointError {
  const shown = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '');
  const repository = `hf://${hub.owner}/${hub.name}`;
  const what = hub.path === '' ? 'say which file of it' : `it has no ${hub.path}; name one of its files`;
  return new CheckpointError(repository, `${what}: ${repository}/FILE. Files: ${shown || 'none'}`);
}

async function fetchFile(
  hub: HubAddress,
  { commit, files }: Repository,
  file: string,
  folder: string,
  options: LoadOptions,
): Promise<void> {
  const encoded = file.split('/').map(encodeURIComponent).join('/');
  const url = `${hub.endpoint}/${hub.owner}/${hub.name}/resolve/${commit}/${encoded}`;
  const headers: Record<string, string> = hub.token === undefined ? {} : { Authorization: `Bearer ${hub.token}` };
  await downloadTo(join(folder, ...file.split('/')), url, { ...options, checksum: files[file] ?? undefined, headers });
}
