import type { RecordedNode } from '../ir/node.js';
import type { NumericValue, Value } from '../ir/value.js';

/** What a graph reads and what it computes. */
export interface BoundGraph {
  /** Values that come from the host. */
  leaves: readonly NumericValue[];
  /** Values to keep. One that is a leaf as well gets a new value in place of the one that is read. */
  outputs: readonly NumericValue[];
}

/** The part of the recorded operations that somebody still wants, in a form that can be compared and compiled. */
export interface PendingGraph extends BoundGraph {
  nodes: readonly RecordedNode[];
  /** Equal for two graphs exactly if one compiled plan serves both. */
  signature: Int32Array;
}

const TYPE_CODE = { float32: 1, int32: 2, bool: 3 } as const;
let graphNumber = 0;

/**
 * Drops what nobody wants, numbers the rest and writes down its structure.
 *
 * @param wanted which results to keep; by default those of tensors that are not disposed
 */
export function collect(
  recorded: readonly RecordedNode[],
  wanted = (value: Value) => value.refCount > 0,
): PendingGraph {
  markNeeded(recorded, wanted);
  const mark = ++graphNumber;
  const nodes: RecordedNode[] = [];
  const leaves: NumericValue[] = [];
  const outputs: NumericValue[] = [];
  const signature: number[] = [];
  let ordinal = 0;
  for (const node of recorded) {
    if (!node.needed) continue;
    nodes.push(node);
    signature.push(node.kind.id);
    for (const input of node.inputs) {
      if (input.mark !== mark) {
        input.mark = mark;
        input.ordinal = ordinal++;
        // A leaf is described where it first appears; its values never are
        // (but whether they are all 0 or all 1, if it is large), so that no others cause a compilation.
        leaves.push(input as NumericValue);
        signature.push(
          -1,
          TYPE_CODE[input.dtype as NumericValue['dtype']],
          input.size,
          input.fill === null ? 2 : input.fill,
        );
      }
      signature.push(input.ordinal);
    }
    for (const output of node.outputs) {
      output.mark = mark;
      output.ordinal = ordinal++;
      if (wanted(output)) {
        outputs.push(output as NumericValue);
        signature.push(-2, output.ordinal);
      }
    }
  }
  return { nodes, leaves, outputs, signature: Int32Array.from(signature) };
}

function markNeeded(recorded: readonly RecordedNode[], wanted: (value: Value) => boolean): void {
  for (const node of recorded) node.needed = false;
  for (let i = recorded.length - 1; i >= 0; i--) {
    const node = recorded[i]!;
    node.needed ||= node.outputs.some(wanted);
    if (!node.needed) continue;
    for (const input of node.inputs) if (input.producer) input.producer.needed = true;
  }
}
