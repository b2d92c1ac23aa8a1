import { existsSync } from 'node:fs';
import { readSafetensors } from '@onestep/nn/node';
import type { FixtureFile } from './check.js';

const PYTORCH = /\.(pkl|pth)$/;
const EXPECTED = '.expected.safetensors';

/** Reads a file of reference numbers; for a file of PyTorch, those beside it. @throws if it is damaged */
export async function readFixture(path: string): Promise<FixtureFile> {
  const numbers = path.endsWith('.safetensors') ? path : numbersBeside(path);
  if (numbers === undefined) return { path, tensors: {}, metadata: {} };
  return { path, ...(await readSafetensors(numbers)) };
}

/** Whether the file holds what is expected of another one, with which it is read. */
export function belongsToAnother(path: string, all: readonly string[]): boolean {
  return path.endsWith(EXPECTED) && all.includes(path.replace(EXPECTED, '.pkl'));
}

/** `NAME.expected.safetensors` or `NAME.safetensors` of `NAME.pkl` and `NAME.pth`. */
function numbersBeside(path: string): string | undefined {
  if (!PYTORCH.test(path)) return undefined;
  return [EXPECTED, '.safetensors'].map((ending) => path.replace(PYTORCH, ending)).find(existsSync);
}
