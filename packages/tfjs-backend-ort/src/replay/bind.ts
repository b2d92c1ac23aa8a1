import type { Tensor } from '@tensorflow/tfjs-core';
import type { NumericValue } from '../ir/value.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Storage } from '../memory/storage.js';
import type { BoundGraph } from '../plan/graph.js';
import type { Recording } from './recording.js';

/** A recorded step cannot be run again as it was recorded. */
export class NotReplayable extends Error {}

/**
 * The values to run a recorded step on, and those that get its results. A variable that the step changes is among both.
 *
 * @throws {@link NotReplayable} where something is not as it was when the step was recorded; nothing was drawn then
 */
export function bind(
  { sources, targets }: Recording,
  inputs: ReadonlyMap<string, Tensor>,
  storage: Storage,
): BoundGraph {
  const valueOf = ({ dataId }: { dataId: object }) => storage.of(dataId) as NumericValue;
  const found = sources.map((source): NumericValue | null => {
    if (source.from === 'draw') return null;
    if (source.from === 'constant') return source.value;
    if (source.from === 'variable' && source.variable.isDisposed) throw new NotReplayable('a variable is gone');
    const value =
      source.from === 'outside'
        ? source.value
        : valueOf(source.from === 'input' ? inputs.get(source.name)! : source.variable);
    if (value.disposed || value.failure) throw new NotReplayable('a tensor is gone');
    if (value.fill !== source.fill) {
      if (source.fill !== null) throw new NotReplayable('a tensor was all 0 or all 1');
      storage.expandFill(value);
    }
    return value;
  });
  const changed = targets.map((target): NumericValue | null => {
    if (target.to === 'result') return null;
    if (target.variable.isDisposed) throw new NotReplayable('a variable is gone');
    const value = valueOf(target.variable);
    if (value.refCount !== 1 || value.failure) throw new NotReplayable('a variable shares its values with a tensor');
    if (value.fill !== null) storage.expandFill(value);
    return value;
  });
  // From here on nothing can be wrong.
  const leaves = sources.map((source, i) => {
    if (source.from !== 'draw') return found[i]!;
    return storage.hold('float32', source.draw());
  });
  const outputs = targets.map((target, i) =>
    target.to === 'result' ? (storage.create(target.dtype, sizeOf(target.shape)) as NumericValue) : changed[i]!,
  );
  return { leaves, outputs };
}

/** Frees what only the run needed. */
export function releaseDraws({ sources }: Recording, { leaves }: BoundGraph, storage: Storage): void {
  sources.forEach(({ from }, i) => {
    if (from === 'draw') storage.release(leaves[i]!, false, false);
  });
}
