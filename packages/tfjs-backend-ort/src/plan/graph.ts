import type { RecordedNode } from '../ir/node.js';
import { fillOf, type NumericValue, type Value } from '../ir/value.js';

/** The inputs and outputs of a graph. */
export interface BoundGraph {
  /** Values that the graph reads. */
  leaves: readonly NumericValue[];
  /** Values that the graph computes. One that is also a leaf gets a new value in place of the one that is read. */
  outputs: readonly NumericValue[];
}

/** The recorded operations that are needed, in a form that can be compared and compiled. */
export interface PendingGraph extends BoundGraph {
  nodes: readonly RecordedNode[];
  /** Two graphs have the same signature exactly if one compiled plan serves both. */
  signature: Int32Array;
}

const TYPE_CODE = { float32: 1, int32: 2, bool: 3 } as const;
let graphNumber = 0;

/**
 * Drops operations that are not needed, numbers the values of the others, and encodes their structure.
 *
 * @param isWanted which results to keep; by default those that tensors hold
 */
export function collect(
  recorded: readonly RecordedNode[],
  isWanted = (value: Value) => value.refCount > 0,
): PendingGraph {
  markNeeded(recorded, isWanted);
  const mark = ++graphNumber;
  const nodes: RecordedNode[] = [];
  const leaves: NumericValue[] = [];
  const outputs: NumericValue[] = [];
  const signature: number[] = [];
  let ordinal = 0;
  for (const node of recorded) {
    if (!node.isNeeded) continue;
    nodes.push(node);
    signature.push(node.kind.id);
    for (const input of node.inputs) {
      if (input.mark !== mark) {
        input.mark = mark;
        input.ordinal = ordinal++;
        // A leaf is described where it first appears. Its elements are not part of the signature (except whether they are
        // all 0 or all 1, if it is large), so that new ones do not cause a compilation.
        leaves.push(input as NumericValue);
        signature.push(
          -1,
          TYPE_CODE[input.dtype as NumericValue['dtype']],
          input.size,
          fillOf(input) ?? 2,
          input.part ?? -1,
        );
      }
      signature.push(input.ordinal);
    }
    for (const output of node.outputs) {
      output.mark = mark;
      output.ordinal = ordinal++;
      if (isWanted(output)) {
        outputs.push(output as NumericValue);
        signature.push(-2, output.ordinal);
      }
    }
  }
  return { nodes, leaves, outputs, signature: Int32Array.from(signature) };
}

function markNeeded(recorded: readonly RecordedNode[], isWanted: (value: Value) => boolean): void {
  for (const node of recorded) node.isNeeded = false;
  for (let i = recorded.length - 1; i >= 0; i--) {
    const node = recorded[i]!;
    node.isNeeded ||= node.outputs.some(isWanted);
    if (!node.isNeeded) continue;
    for (const input of node.inputs) if (input.producer) input.producer.isNeeded = true;
  }
}
