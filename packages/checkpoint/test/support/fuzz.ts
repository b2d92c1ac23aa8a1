import { CheckpointError, memorySource, type ByteSource } from '../../src/index.js';
import { mutate } from '../../../../test-support/mutations.js';
import { WEIGHT_FILES } from './weight-files.js';

/** What happened to the mutated files. */
export interface FuzzResult {
  refused: number;
  read: number;
  /** Errors that are not clear, with the seed that reproduces them. */
  problems: string[];
}

/** Reads `count` mutated files, all kinds in turn. A seed always gives the same file. */
export function fuzzWeightFiles(firstSeed: number, count: number): FuzzResult {
  const kinds = Object.entries(WEIGHT_FILES);
  const result: FuzzResult = { refused: 0, read: 0, problems: [] };
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const [kind, { bytes, around, read }] = kinds[seed % kinds.length]!;
    const mutated = mutate(bytes, seed);
    const file = around?.(mutated) ?? mutated;
    try {
      read(seed % 2 === 0 ? memorySource(file, 'file') : copyingSource(file));
      result.read++;
    } catch (error) {
      result.refused++;
      const isClear =
        error instanceof CheckpointError &&
        /^file(, .*?)?: \S.*(\.|; is the file complete\?)$/s.test(error.message) &&
        error.message.length < 1000;
      if (!isClear) result.problems.push(`seed ${seed}, ${kind}: ${(error as Error).stack}`);
    }
  }
  return result;
}

/** Gives copies, as a source on a disk does. @throws beyond the end */
function copyingSource(bytes: Uint8Array): ByteSource {
  return {
    name: 'file',
    length: bytes.length,
    read(start, length) {
      if (!(start >= 0 && length >= 0 && start + length <= bytes.length)) throw new Error(`read ${start}, ${length}`);
      return bytes.slice(start, start + length);
    },
  };
}
