import { existsSync } from 'node:fs';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { FixtureFile } from './check.js';

const PYTORCH = /\.(pkl|pth)$/;
/** A converted data set, named by transform and size: `expected-center-crop-32x32.zip`, made from the images in `source`. */
export const CONVERTED = /^expected-(center-crop(?:-wide)?)-(\d+)x(\d+)\.zip$/;
export const SOURCE_FOLDER = 'source';
const EXPECTED = '.expected.safetensors';

/**
 * Reads a fixture. The reference numbers of a PyTorch file are read from the safetensors file next to it.
 *
 * @throws if the file is damaged
 */
export async function readFixture(path: string): Promise<FixtureFile> {
  const numbers = path.endsWith('.safetensors') ? path : numbersNextTo(path);
  if (numbers === undefined) return { path, tensors: {}, metadata: {} };
  return { path, ...(await readSafetensors(numbers)) };
}

/**
 * Whether the file is read together with another one: it holds the expected numbers of a pickle, is a checkpoint with expected
 * numbers next to it, or is a source image of a converted data set.
 *
 * @param all the paths of all files
 */
export function belongsToAnother(path: string, all: readonly string[]): boolean {
  if (path.endsWith(EXPECTED)) return ['.pkl', '.pth'].some((ending) => all.includes(path.replace(EXPECTED, ending)));
  if (!PYTORCH.test(path) && isCheckpointOf(path, all)) return true;
  const end = path.lastIndexOf(`${SOURCE_FOLDER}/`);
  if (end < 0 || (end > 0 && path[end - 1] !== '/')) return false;
  return all.some((other) => other.startsWith(path.slice(0, end)) && CONVERTED.test(other.slice(end)));
}

/** Whether `NAME.expected.safetensors` describes the file: `NAME.pt`, `NAME.json`, or one in the folder `NAME`. */
function isCheckpointOf(path: string, all: readonly string[]): boolean {
  const stems = [
    path.replace(/\.[^./]+$/, ''),
    ...path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/')),
  ];
  return stems.some((stem) => all.includes(`${stem}${EXPECTED}`));
}

/** Finds `NAME.expected.safetensors` or `NAME.safetensors` for `NAME.pkl` and `NAME.pth`. */
function numbersNextTo(path: string): string | undefined {
  if (!PYTORCH.test(path)) return undefined;
  return [EXPECTED, '.safetensors'].map((ending) => path.replace(PYTORCH, ending)).find(existsSync);
}
