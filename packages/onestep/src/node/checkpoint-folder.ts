import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, parseJson } from '@onestep/checkpoint';
import { fileSource, readRegularFile } from '@onestep/checkpoint/node';
import type { OpenedFiles } from '../files/opened-files.js';
import { chooseWeights, missingShard, WEIGHTS_FOLDERS } from './weights-files.js';

/** No configuration is longer. */
const MAX_JSON = 4 << 20;
const SHOWN = 5;
const CONFIG = /(^|\/)config\.json$/;
const CONFIGURATION = /(^|\/)(config|scheduler_config|model_index)\.json$/;
const SCHEDULER = 'scheduler_config.json';

/**
 * Opens a folder of configuration and weights, such as diffusers writes: `config.json` and
 * `diffusion_pytorch_model.safetensors`, or the same in `unet/`.
 *
 * The scheduler may lie above it, as in a pipeline whose `unet/` is named, or whose `checkpoint-500/` a training left.
 *
 * @throws CheckpointError naming the folder if it has no weights, or not all of their files
 */
export async function openCheckpointFolder(path: string): Promise<OpenedFiles> {
  const names = await listNames(path);
  const weights = chooseWeights(names);
  if (weights.length === 0) {
    const files = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', ...' : '');
    const what = `it is a folder without weights under the names that diffusers gives them, ${WEIGHTS_FOLDERS}; name a file`;
    throw new CheckpointError(path, `${what} (it has ${files || 'no files'})`);
  }
  const missing = missingShard(weights);
  if (missing !== undefined) {
    throw new CheckpointError(path, `its weights are in several files, of which ${missing} is missing; get it too`);
  }
  const found = names.filter((name) => name.endsWith('.json'));
  const json = Object.fromEntries(found.map((name) => [name, readFolderJson(path, name)]));
  return {
    name: path,
    weights: weights.map((name) => fileSource(join(path, name))),
    json: { ...json, ...(found.some((name) => CONFIG.test(name)) && findScheduler(path, found)) },
  };
}

/** A damaged or large file that diffusers has no use for stands in nobody's way. */
function readFolderJson(path: string, name: string): unknown {
  const file = join(path, name);
  return CONFIGURATION.test(name) ? readJson(file) : readSibling(file);
}

/** The scheduler of the pipeline that a folder belongs to, if it has none of its own. */
function findScheduler(path: string, names: readonly string[]): Record<string, unknown> {
  const inPipeline = `scheduler/${SCHEDULER}`;
  if (names.includes(inPipeline) || names.includes(SCHEDULER)) return {};
  for (const above of ['..', '../..']) {
    const scheduler = readIfThere(join(path, above, inPipeline));
    if (scheduler !== undefined) return { [inPipeline]: scheduler };
  }
  return {};
}

/** Opens a file of weights, with the JSON file of the same name next to it, if there is one. */
export async function openCheckpointFile(path: string): Promise<OpenedFiles> {
  if (path.endsWith('.json') && chooseWeights(await listNames(dirname(path))).length > 0) {
    throw new CheckpointError(path, `it describes the weights in its folder; give the folder, ${dirname(path)}`);
  }
  const source = fileSource(path);
  const sibling = join(dirname(path), `${basename(path).replace(/\.[^.]*$/, '')}.json`);
  const json = sibling === path ? undefined : readSibling(sibling);
  return { name: path, weights: [source], json: json === undefined ? {} : { [basename(sibling)]: json } };
}

/** The files of a folder and of its folders, with slashes. */
async function listNames(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  const inner = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const found = await readdir(join(path, name), { withFileTypes: true }).catch(() => []);
        return found.filter((entry) => !entry.isDirectory()).map((entry) => `${name}/${entry.name}`);
      }),
  );
  return [...entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name), ...inner.flat()].sort();
}

/** @returns undefined if there is no such file */
function readIfThere(path: string): unknown {
  try {
    return readJson(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** A file that happens to lie with the weights need not be theirs. */
function readSibling(path: string): unknown {
  try {
    return readJson(path);
  } catch {
    return undefined;
  }
}

function readJson(path: string): unknown {
  const bytes = readRegularFile(path, MAX_JSON);
  try {
    return parseJson(bytes.toString('utf8'));
  } catch (error) {
    throw new CheckpointError(path, 'it is not JSON', { cause: error });
  }
}
