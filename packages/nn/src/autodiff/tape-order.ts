import * as tf from '@tensorflow/tfjs-core';

type Engine = ReturnType<typeof tf.engine>;
type TapeNode = Engine['state']['activeTape'][number] & { saved: tf.Tensor[] };

/**
 * Makes second derivatives right that depend on a saved output: of exp, tanh, sigmoid, softmax, of every kernel
 * and `tf.customGrad` that saves what it computed.
 *
 * tfjs records all operations on one tape, each behind those that it depends on, and finds by one pass forward
 * which of them depend on x. A tensor that a gradient needs is cloned, and the clone gets a node of its own. Of an
 * output, tfjs 4.22 records the clone before the operation that computes the output. The pass then takes the clone
 * for a constant, and the derivative of the gradient lacks a term: of x tanh(x) by 75 %, without a word.
 *
 * This moves each operation before the clones that were recorded just before it. All copies of tfjs-core in a
 * process share one engine. The first derivative is not affected: only gradients read clones.
 *
 * @throws if this version of tfjs has no such method
 */
export function orderTape(engine: Engine = tf.engine()): void {
  const recorder = engine as unknown as { addTapeNode?: (...args: unknown[]) => void };
  const addTapeNode = recorder.addTapeNode;
  if (addTapeNode === undefined) {
    throw new Error(
      `@onestep/nn cannot find the tape of this version of @tensorflow/tfjs-core (${tf.version_core}), so that second ` +
        'derivatives would be wrong: install @tensorflow/tfjs-core@4.22.0.',
    );
  }
  recorder.addTapeNode = (...args) => {
    addTapeNode.apply(engine, args);
    const tape = engine.state.activeTape as TapeNode[];
    const node = tape.at(-1)!;
    if (node.saved.length > 0) moveBeforeClones(tape, node);
  };
}

/** Moves the last node of the tape before the clones of what it saved. Nothing happens the second time. */
function moveBeforeClones(tape: TapeNode[], node: TapeNode): void {
  let start = tape.length - 1;
  while (start > 0 && node.saved.includes(tape[start - 1]!.outputs[0]!)) start--;
  const clones = tape.splice(start);
  tape.push(node);
  for (const clone of clones) {
    if (clone === node) continue;
    connect(clone, node, tape);
    tape.push(clone);
  }
}

/**
 * Connects a clone with what it depends on. That is an input or an output, unless a `tf.customGrad` saves what it
 * computed on the way: tfjs records nothing of that and would take it for a constant.
 */
function connect(clone: TapeNode, node: TapeNode, tape: readonly TapeNode[]): void {
  const source = clone.inputs.x!;
  const inputs = Object.values(node.inputs);
  if (inputs.includes(source) || node.outputs.includes(source)) return;
  // The same values in another shape: fused operations save them so.
  const same = [...node.outputs, ...inputs].find(({ dataId }) => dataId === source.dataId);
  if (same !== undefined) {
    clone.inputs = { x: same };
    clone.gradient = (dys) => ({ x: () => tf.reshape((dys as unknown as tf.Tensor[])[0]!, same.shape) });
    return;
  }
  // Older than an input, or recorded: not computed by this operation.
  if (inputs.some(({ id }) => id > source.id) || tape.some(({ outputs }) => outputs.includes(source))) return;
  clone.inputs = node.inputs;
  clone.gradient = () => {
    throw new Error(
      `Cannot compute a second derivative of ${node.kernelName}: its gradient uses an intermediate result of a ` +
        '`tf.customGrad`. Compose it of other operations, or save inputs and outputs only.',
    );
  };
}
