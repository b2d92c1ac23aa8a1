import * as tf from '@tensorflow/tfjs-core';
import type { Check, Comparison, FixtureFile } from './check.js';
import { readFixture } from './fixture-file.js';

/** Runs a check on a file, and frees what it leaves behind. */
export async function runCheck(check: Check, file: FixtureFile): Promise<Comparison[]> {
  const engine = tf.engine();
  engine.startScope();
  try {
    const comparisons = await check.compare(file);
    if (comparisons.length === 0) throw new Error('Nothing in this file is known here.');
    return comparisons;
  } finally {
    engine.endScope();
  }
}

/** The comparisons of a check with the file at `path`. @throws if the file is not one of those the check is for */
export async function checkFile(check: Check, path: string): Promise<Comparison[]> {
  const file = await readFixture(path);
  if (!check.recognizes(file)) throw new Error(`${path} is no file for the check '${check.name}'.`);
  return runCheck(check, file);
}
