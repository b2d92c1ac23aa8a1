import { describe, type RecordedNode } from '../ir/node.js';
import type { Failure, Value } from '../ir/value.js';
import { collect, type PendingGraph } from './graph.js';

/**
 * Computes what can be computed of a graph that failed as a whole, by halving the set of results until those that fail
 * are alone. These remember their error.
 *
 * @param execute runs a graph and stores its results; what already has its values is an input of later graphs
 */
export function isolateErrors(
  recorded: readonly RecordedNode[],
  error: unknown,
  execute: (graph: PendingGraph) => void,
): void {
  const producers = new Map<Value, RecordedNode>();
  for (const node of recorded) for (const output of node.outputs) producers.set(output, node);
  const missing = (value: Value) => value.refCount > 0 && !value.data && !value.device && !value.failure;

  const attempt = (values: readonly Value[]): void => {
    const wanted = new Set(values.filter(missing));
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
        calls: culprit(recorded, cause, producer).calls,
      };
      values[0]!.failure = failure;
      spread(recorded, failure);
      return;
    }
    const half = Math.ceil(values.length / 2);
    attempt(values.slice(0, half));
    attempt(values.slice(half));
  };
  // What was being overwritten when the graph failed is lost.
  for (const { inputs } of recorded) for (const { failure } of inputs) if (failure) spread(recorded, failure);
  divide([...producers.keys()].filter(missing), error);
}

/** What reads a failed value fails as well; trying it would only cost time. */
function spread(recorded: readonly RecordedNode[], failure: Failure): void {
  for (const { kind, inputs, outputs } of recorded) {
    if (!inputs.some((input) => input.failure)) continue;
    for (const output of outputs) {
      if (!output.data && !output.device) output.failure ??= { ...failure, kernel: describe(kind) };
    }
  }
}

/** The operation that a message is about (it has its name and shapes), else the one whose result was wanted. */
function culprit(recorded: readonly RecordedNode[], error: unknown, producer: RecordedNode): RecordedNode {
  const message = error instanceof Error ? error.message : '';
  return recorded.find(({ kind }) => message.includes(`${describe(kind)}/`)) ?? producer;
}
