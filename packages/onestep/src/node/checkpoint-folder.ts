import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError, parseJson } from '@onestep/checkpoint';
import { fileSource, readRegularFile } from '@onestep/checkpoint/node';
import type { OpenedFiles } from '../files/opened-files.js';
import { chooseWeights, WEIGHTS_FOLDERS } from './weights-files.js';

/** No configuration is longer. */
const MAX_JSON = 4 << 20;
const SHOWN = 5;

/**
 * Opens a folder of configuration and weights, such as diffusers writes: `config.json` and
 * `diffusion_pytorch_model.safetensors`, or the same in `unet/`.
 *
 * @throws CheckpointError naming the folder if it has no weights
 */
export async function openCheckpointFolder(path: string): Promise<OpenedFiles> {
  const names = await listNames(path);
  const weights = chooseWeights(names);
  if (weights.length === 0) {
    const files = names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', ...' : '');
    const what = `it is a folder without weights under the names that diffusers gives them, ${WEIGHTS_FOLDERS}; name a file`;
    throw new CheckpointError(path, `${what} (it has ${files || 'no files'})`);
  }
  const json = names.filter((name) => name.endsWith('.json'));
  return {
    name: path,
    weights: weights.map((name) => fileSource(join(path, name))),
    json: Object.fromEntries(json.map((name) => [name, readJson(join(path, name))])),
  };
}

/** Opens a file of weights, with the JSON file of the same name next to it, if there is one. */
export function openCheckpointFile(path: string): OpenedFiles {
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

/** A file that happens to lie next to the weights need not be theirs. */
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
