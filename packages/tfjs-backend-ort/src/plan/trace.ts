import { engine, util, type NumericDataType, type Tensor } from '@tensorflow/tfjs-core';
import { describe, type RecordedNode } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Storage } from '../memory/storage.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** What a traced function may use of the backend. */
export interface Tracing {
  /** A tensor without values; in the current tidy scope. */
  placeholder(dtype: NumericType, shape: readonly number[]): Tensor;
  storageOf(tensor: Tensor): Value;
  /** The operations recorded since the trace began. */
  recorded(): readonly RecordedNode[];
  /** The values behind a tensor that does not depend on placeholders: a copy. */
  values(value: Value): TensorData;
  /** What was uploaded since then: constants that the traced function made, not weights from outside. */
  uploads: ReadonlySet<Value>;
}

/** Recording without running: operations on placeholders, which stand for values that nobody knows. */
export class Trace {
  readonly placeholders = new Set<Value>();
  readonly uploads = new Set<Value>();

  /** A tensor in the current tidy scope that stands for values nobody knows. */
  placeholder(storage: Storage, dtype: NumericType, shape: readonly number[]): Tensor {
    const dataId = storage.create(dtype, util.sizeFromShape([...shape]));
    this.placeholders.add(dataId);
    return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: dtype as NumericDataType });
  }

  /** @throws naming the operation, where the value would have to be computed from a placeholder */
  checkReadable(value: Value): void {
    if (!this.dependsOnPlaceholder(value)) return;
    const what = value.producer ? `the result of ${describe(value.producer.kind)}` : 'an input';
    throw new Error(
      `A function that is being exported reads ${what}, which has no values then. Only tensors that do not depend on ` +
        'its inputs may be read; what depends on them has to be computed by tensor operations.',
    );
  }

  /** @throws naming the kernel, where it would have to be computed from a placeholder by a CPU kernel */
  checkFallback(kernel: string, inputs: readonly Value[]): void {
    if (!inputs.some((input) => this.dependsOnPlaceholder(input))) return;
    throw new Error(
      `The kernel '${kernel}' is not lowered to ONNX for these inputs, so a function that applies it to something ` +
        'that depends on its inputs cannot be exported.',
    );
  }

  /**
   * Takes what depends on placeholders out of the recorded operations: it will never have values.
   *
   * @returns what is left, and the first of the removed operations whose result somebody still holds
   */
  remove(recorded: readonly RecordedNode[]): { rest: RecordedNode[]; kept: RecordedNode | undefined } {
    const dependent = new Set(this.placeholders);
    const rest: RecordedNode[] = [];
    let kept: RecordedNode | undefined;
    for (const node of recorded) {
      if (!node.inputs.some((input) => dependent.has(input))) {
        // What was read meanwhile has its values.
        if (node.outputs.some((output) => output.producer)) rest.push(node);
        continue;
      }
      for (const output of node.outputs) {
        dependent.add(output);
        output.producer = null;
        if (output.refCount <= 0) continue;
        kept ??= node;
        output.failure = {
          kernel: describe(node.kind),
          error: 'it was recorded for an export, on inputs without values',
          calls: node.calls,
        };
      }
    }
    return { rest, kept };
  }

  private dependsOnPlaceholder(value: Value): boolean {
    const reached = new Set([value]);
    // A set goes on with what is added while it is walked.
    for (const { producer, parts } of reached) {
      for (const input of producer?.inputs ?? Object.values(parts ?? {})) reached.add(input as Value);
    }
    return [...reached].some((other) => this.placeholders.has(other));
  }
}

/** What is wrong with a traced function that keeps the result of an operation on its inputs. */
export const keptByExport = ({ kind }: RecordedNode) =>
  new Error(
    `A function that is being exported keeps the result of ${describe(kind)}, which depends on its inputs ` +
      '(in a variable, or with tf.keep). It may only return such tensors.',
  );
