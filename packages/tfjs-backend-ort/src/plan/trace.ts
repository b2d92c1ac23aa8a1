import { engine, util, type NumericDataType, type Tensor } from '@tensorflow/tfjs-core';
import { describe, type RecordedNode } from '../ir/node.js';
import type { Value } from '../ir/value.js';
import type { Storage } from '../memory/storage.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** The backend as a tracing function sees it. */
export interface Tracing {
  /** Creates a tensor without values in the current tidy scope. */
  placeholder(dtype: NumericType, shape: readonly number[]): Tensor;
  /** The value of a tensor. */
  valueOf(tensor: Tensor): Value;
  /** The operations recorded since the trace started. */
  recorded(): readonly RecordedNode[];
  /** A copy of the elements of a value that does not depend on placeholders. */
  read(value: Value): TensorData;
  /** Uploads since the trace started: constants created by the traced function, as opposed to weights from outside. */
  uploads: ReadonlySet<Value>;
}

/** Records operations on placeholders, which have no values, without running them. */
export class Trace {
  readonly placeholders = new Set<Value>();
  readonly uploads = new Set<Value>();

  /** Creates a tensor without values in the current tidy scope. */
  placeholder(storage: Storage, dtype: NumericType, shape: readonly number[]): Tensor {
    const dataId = storage.create(dtype, util.sizeFromShape([...shape]));
    this.placeholders.add(dataId);
    return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: dtype as NumericDataType });
  }

  /** @throws Error that names the operation, if the value depends on a placeholder */
  checkReadable(value: Value): void {
    if (!this.dependsOnPlaceholder(value)) return;
    const name = value.producer ? `the result of ${describe(value.producer.kind)}` : 'an input';
    throw new Error(
      `The exported function reads ${name}, which has no values during the export. It may only read tensors that do not ` +
        'depend on its inputs. Compute everything else with tensor operations.',
    );
  }

  /** @throws Error that names the kernel, if a CPU kernel would have to compute with a placeholder */
  checkFallback(kernel: string, inputs: readonly Value[]): void {
    if (!inputs.some((input) => this.dependsOnPlaceholder(input))) return;
    throw new Error(
      `The exported function applies the kernel '${kernel}' to a tensor that depends on its inputs, and this kernel cannot ` +
        'be lowered to ONNX for such inputs.',
    );
  }

  /**
   * Removes the operations that depend on placeholders, because they will never have values.
   *
   * @returns the other operations, and the first removed one whose result a tensor still holds
   */
  remove(recorded: readonly RecordedNode[]): { rest: RecordedNode[]; kept: RecordedNode | undefined } {
    const dependent = new Set(this.placeholders);
    const rest: RecordedNode[] = [];
    let kept: RecordedNode | undefined;
    for (const node of recorded) {
      if (!node.inputs.some((input) => dependent.has(input))) {
        // Operations whose results have been read are done.
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
          stack: node.stack,
        };
      }
    }
    return { rest, kept };
  }

  private dependsOnPlaceholder(value: Value): boolean {
    const reached = new Set([value]);
    // Iterating over a set includes the elements that are added meanwhile.
    for (const { producer, contents } of reached) {
      const parts = contents.kind === 'complex' ? [contents.real, contents.imag] : [];
      for (const input of producer?.inputs ?? parts) reached.add(input);
    }
    return [...reached].some((other) => this.placeholders.has(other));
  }
}

/** Creates the error for a traced function that keeps the result of an operation on its inputs. */
export const keptResultError = ({ kind }: RecordedNode) =>
  new Error(
    `The exported function keeps the result of ${describe(kind)}, which depends on its inputs (in a variable, or with ` +
      'tf.keep). It may only return such tensors.',
  );
