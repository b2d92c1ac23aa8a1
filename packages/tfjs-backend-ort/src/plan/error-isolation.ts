import { describe, type RecordedNode } from '../ir/node.js';
import type { Failure, Value } from '../ir/value.js';
import { collect, type PendingGraph } from './graph.js';

/**
 * Computes as much as possible of a graph that failed as a whole. It halves the set of results until the failing ones are
 * alone, and these keep their error.
 *
 * @param execute runs a graph and stores its results. Values that have been computed become inputs of later graphs.
 */
export function isolateErrors(
  recorded: readonly RecordedNode[],
  error: unknown,
  execute: (graph: PendingGraph) => void,
): void {
  const producers = new Map<Value, RecordedNode>();
  for (const node of recorded) for (const output of node.outputs) producers.set(output, node);
  const isMissing = (value: Value) => value.refCount > 0 && value.contents.kind === 'none' && !value.failure;

  const attempt = (values: readonly Value[]): void => {
    const wanted = new Set(values.filter(isMissing));
    if (wanted.size === 0) return;
    try {
      execute(collect(recorded, (value) => wanted.has(value)));
    } catch (cause) {
      divide([...wanted], cause);
    }
  };
  const divide = (values: readonly Value[], cause: unknown): void => {
    if (values.length === 1) {
      const producer = producers.get(values[0]!)!;
      const failure: Failure = {
        kernel: describe(producer.kind),
        error: cause,
        stack: findCulprit(recorded, cause, producer).stack,
      };
      values[0]!.failure = failure;
      propagate(recorded, failure);
      return;
    }
    const half = Math.ceil(values.length / 2);
    attempt(values.slice(0, half));
    attempt(values.slice(half));
  };
  // Values that were being overwritten when the graph failed are lost.
  for (const { inputs } of recorded) for (const { failure } of inputs) if (failure) propagate(recorded, failure);
  divide([...producers.keys()].filter(isMissing), error);
}

/** Marks everything that reads a failed value as failed. */
function propagate(recorded: readonly RecordedNode[], failure: Failure): void {
  for (const { kind, inputs, outputs } of recorded) {
    if (!inputs.some((input) => input.failure)) continue;
    for (const output of outputs) {
      if (output.contents.kind === 'none') output.failure ??= { ...failure, kernel: describe(kind) };
    }
  }
}

/** The operation whose name and shapes an error message contains, or else the one whose result was wanted. */
function findCulprit(recorded: readonly RecordedNode[], error: unknown, producer: RecordedNode): RecordedNode {
  const message = error instanceof Error ? error.message : '';
  return recorded.find(({ kind }) => message.includes(`${describe(kind)}/`)) ?? producer;
}
