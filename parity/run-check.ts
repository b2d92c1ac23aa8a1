import * as tf from '@tensorflow/tfjs-core';
import type { Check, Comparison, FixtureFile } from './check.js';
import { readFixture } from './fixture-file.js';

/** Runs a check on a fixture and frees the tensors it leaves behind. */
export async function runCheck(check: Check, file: FixtureFile): Promise<Comparison[]> {
  const engine = tf.engine();
  engine.startScope();
  try {
    const comparisons = await check.compare(file);
    if (comparisons.length === 0) throw new Error('The file contains nothing that can be checked.');
    return comparisons;
  } finally {
    engine.endScope();
  }
}

/**
 * Runs a check on the file at `path`.
 *
 * @throws if the check is not for this kind of file
 */
export async function checkFile(check: Check, path: string): Promise<Comparison[]> {
  const file = await readFixture(path);
  if (!check.recognizes(file)) throw new Error(`${path} is not a file for the check '${check.name}'.`);
  return runCheck(check, file);
}
