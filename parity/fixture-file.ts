import { existsSync } from 'node:fs';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { FixtureFile } from './check.js';

const PYTORCH = /\.(pkl|pth)$/;
/** A data set, by the transform and the size it was made with: `expected-center-crop-32x32.zip`, from the images in `source`. */
export const CONVERTED = /^expected-(center-crop(?:-wide)?)-(\d+)x(\d+)\.zip$/;
export const SOURCE_FOLDER = 'source';
const EXPECTED = '.expected.safetensors';

/** Reads a file of reference numbers; for a file of PyTorch, those beside it. @throws if it is damaged */
export async function readFixture(path: string): Promise<FixtureFile> {
  const numbers = path.endsWith('.safetensors') ? path : numbersBeside(path);
  if (numbers === undefined) return { path, tensors: {}, metadata: {} };
  return { path, ...(await readSafetensors(numbers)) };
}

/**
 * Whether the file is read with another one: it holds what is expected of a pickle, or it is one of the images that a data set
 * was made from.
 */
export function belongsToAnother(path: string, all: readonly string[]): boolean {
  if (path.endsWith(EXPECTED)) return all.includes(path.replace(EXPECTED, '.pkl'));
  const end = path.lastIndexOf(`${SOURCE_FOLDER}/`);
  if (end < 0 || (end > 0 && path[end - 1] !== '/')) return false;
  return all.some((other) => other.startsWith(path.slice(0, end)) && CONVERTED.test(other.slice(end)));
}

/** `NAME.expected.safetensors` or `NAME.safetensors` of `NAME.pkl` and `NAME.pth`. */
function numbersBeside(path: string): string | undefined {
  if (!PYTORCH.test(path)) return undefined;
  return [EXPECTED, '.safetensors'].map((ending) => path.replace(PYTORCH, ending)).find(existsSync);
}
