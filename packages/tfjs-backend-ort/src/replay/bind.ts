import type { Tensor } from '@tensorflow/tfjs-core';
import { fillOf, type NumericValue } from '../ir/value.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import type { Storage } from '../memory/storage.js';
import type { BoundGraph } from '../plan/graph.js';
import type { Recording } from './recording.js';

/** A recorded step cannot be replayed as it was recorded. */
export class NotReplayable extends Error {}

/**
 * Connects a recorded step to new inputs: the values to run it on, and those that get its results. A variable that the step
 * changes is among both.
 *
 * @throws NotReplayable if something has changed since the step was recorded; nothing has been drawn then
 */
export function bind(
  { sources, targets }: Recording,
  inputs: ReadonlyMap<string, Tensor>,
  storage: Storage,
): BoundGraph {
  const valueOf = ({ dataId }: { dataId: object }) => storage.of(dataId) as NumericValue;
  const read = sources.map((source): NumericValue | null => {
    if (source.from === 'draw') return null;
    if (source.from === 'constant') return source.value;
    if (source.from === 'variable' && source.variable.isDisposed) throw new NotReplayable('a variable is gone');
    const value =
      source.from === 'outside'
        ? source.value
        : valueOf(source.from === 'input' ? inputs.get(source.name)! : source.variable);
    if (value.isDisposed || value.failure) throw new NotReplayable('a tensor is gone');
    if (fillOf(value) !== source.fill) {
      if (source.fill !== null) throw new NotReplayable('a tensor was all 0 or all 1');
      storage.expandFill(value);
    }
    return value;
  });
  const written = targets.map((target): NumericValue | null => {
    if (target.to === 'result') return null;
    if (target.variable.isDisposed) throw new NotReplayable('a variable is gone');
    const value = valueOf(target.variable);
    if (value.refCount !== 1 || value.failure) throw new NotReplayable('a variable shares its values with a tensor');
    storage.expandFill(value);
    return value;
  });
  // All checks are done: from here on nothing throws.
  const leaves = sources.map((source, i) => {
    if (source.from !== 'draw') return read[i]!;
    return storage.hold('float32', source.draw());
  });
  const outputs = targets.map((target, i) =>
    target.to === 'result' ? (storage.create(target.dtype, sizeOf(target.shape)) as NumericValue) : written[i]!,
  );
  return { leaves, outputs };
}

/** Frees the drawn values of a run. */
export function releaseDraws({ sources }: Recording, { leaves }: BoundGraph, storage: Storage): void {
  sources.forEach(({ from }, i) => {
    if (from === 'draw') storage.release(leaves[i]!, { force: false, isRead: false });
  });
}
