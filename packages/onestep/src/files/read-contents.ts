import {
  CheckpointError,
  decodeSafetensors,
  decodeTorchFile,
  isSafetensors,
  wrongKindError,
  type ByteSource,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';
import type { OpenedFiles } from './opened-files.js';
import { CheckpointContents } from '../formats/checkpoint-contents.js';

/** The first bytes of pickles of protocol 0 and 1, which have no mark of their own, and their last one. */
const OLD_PICKLE = /^[(\])}cl]$/;
const STOP = '.';

/**
 * Decodes a checkpoint file: safetensors, a pickle, or a file of PyTorch. Its contents tell which it is, not its name.
 *
 * @param json JSON files that belong to it: see `CheckpointContents`
 * @throws CheckpointError naming the file if it is damaged or of another kind, and saying which
 */
export function readContents(source: ByteSource, json: Readonly<Record<string, unknown>> = {}): CheckpointContents {
  const { name } = source;
  if (isSafetensors(source)) return new CheckpointContents(name, { safetensors: decodeSafetensors(source), json });
  const python = isPickleOrZip(source) ? decodeTorchFile(source) : tryOldPickle(source);
  if (python !== undefined) return new CheckpointContents(name, { python, json });
  throw wrongKindError(source, 'a file of weights', 'it is not a file of weights, neither safetensors nor of PyTorch');
}

/**
 * Decodes the files of a checkpoint. Shards are joined.
 *
 * @throws as {@link readContents} does
 */
export function readFiles({ name, weights, json }: OpenedFiles): CheckpointContents {
  const [first, ...rest] = weights.map((source) => readContents(source, json));
  if (rest.length === 0) return first!;
  const tensors = Object.assign({}, first!.tensors, ...rest.map((shard) => shard.tensors)) as StateDict;
  return new CheckpointContents(name, { safetensors: { tensors, metadata: {} }, json });
}

function isPickleOrZip(source: ByteSource): boolean {
  if (source.length < 4) return false;
  const start = source.read(0, 4);
  return start[0] === 0x80 || (start[0] === 0x50 && start[1] === 0x4b);
}

/** Reads a pickle of protocol 0 or 1; undefined if it is none. */
function tryOldPickle(source: ByteSource): PythonValue | undefined {
  if (source.length < 4) return undefined;
  const [first, last] = [0, source.length - 1].map((at) => String.fromCharCode(source.read(at, 1)[0]!));
  if (!OLD_PICKLE.test(first!) || last !== STOP) return undefined;
  try {
    return decodeTorchFile(source);
  } catch (error) {
    if (error instanceof CheckpointError && error.message.includes('not a valid pickle')) return undefined;
    throw error;
  }
}
