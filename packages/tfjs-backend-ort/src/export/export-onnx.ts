import { backend, Tensor } from '@tensorflow/tfjs-core';
import { OrtBackend } from '../backend.js';
import type { Value } from '../ir/value.js';
import { collect } from '../plan/graph.js';
import type { Tracing } from '../plan/trace.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';
import { joinTraces } from './dynamic-batch.js';
import { foldConstants } from './fold-constants.js';
import { type ConstantSource, lowerProgram, type Program } from './program.js';
import { writeProgram } from './write-program.js';

/** Shape and type of an input of an exported function. A tensor is a valid spec. */
export interface InputSpec {
  shape: readonly number[];
  /** 'float32', 'int32' or 'bool'. Default: 'float32'. */
  dtype?: string;
}

/** Options of {@link exportOnnx}. */
export interface ExportOptions {
  /**
   * Names of the inputs whose first axis is the batch, which may have any length in the file. 'dynamic' (the default) means
   * all inputs that have an axis. 'fixed' means none: the file works for the given shapes only.
   */
  batch?: 'dynamic' | 'fixed' | readonly string[];
  /** Strings for the file's metadata (`metadata_props`), by name. */
  metadata?: Readonly<Record<string, string>>;
}

/** The result of an exported function: one tensor, several in order, or several by name. */
export type Outputs = Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/**
 * Batch sizes of the two traces that are joined into a file for any batch size. They are odd, and unlikely as other
 * dimensions, so that a multiple of the batch is not confused with a length that happens to be the same.
 */
const BATCHES = [23, 29] as const;

/**
 * Exports a function as an ONNX file: opset 17, IR version 8, standard operators only, weights included. The function is
 * called on tensors without values (twice for a dynamic batch), and what it records is written. Nothing is computed.
 *
 * @param fn called with one tensor per input, in order. Everything else it uses becomes a constant of the file. It must not
 *   read or keep tensors that depend on its inputs, or assign them to a variable. The outputs of the file are named `output`;
 *   `output0`, `output1` and so on; or like the keys of the returned object
 * @param inputs shape and type of each input by its name in the file, in the order of the function's parameters
 * @returns the bytes of the file
 * @throws Error if the current backend is not 'ort', if the function does something that ONNX cannot express or that works for
 *   one batch size only, or if the file would be larger than 2 GiB
 * @throws whatever the function throws
 */
export function exportOnnx(
  fn: (...inputs: never[]) => Outputs,
  inputs: Readonly<Record<string, InputSpec>>,
  { batch = 'dynamic', metadata }: ExportOptions = {},
): Uint8Array {
  const ort = backend();
  if (!(ort instanceof OrtBackend)) {
    throw new Error("exportOnnx needs the backend 'ort'. Call await tf.setBackend('ort') first.");
  }
  const names = Object.keys(inputs);
  const specs = Object.values(inputs);
  specs.forEach((spec, i) => checkInput(names[i]!, spec));
  const batched = batchedInputs(inputs, batch);
  return ort.tracing((tracing) => {
    const source = constantSource(tracing);
    if (batched.length === 0) return writeProgram(foldConstants(trace(tracing, source, fn, specs)), names, metadata);
    const [first, second] = BATCHES.map((size) =>
      trace(
        tracing,
        source,
        fn,
        specs.map((spec, i) => (batched.includes(i) ? { ...spec, shape: [size, ...spec.shape.slice(1)] } : spec)),
      ),
    ) as [Program, Program];
    return writeProgram(foldConstants(joinTraces([first, second], BATCHES, batched)), names, metadata);
  });
}

function checkInput(name: string, { shape, dtype = 'float32' }: InputSpec): void {
  if (!['float32', 'int32', 'bool'].includes(dtype)) {
    throw new Error(`The input '${name}' has the type ${dtype}. Only float32, int32 and bool can be exported.`);
  }
  if (name === '' || !Array.isArray(shape) || shape.some((d) => !Number.isInteger(d) || d < 1)) {
    throw new Error(`The input '${name}' needs a name and a shape of whole numbers of at least 1, got [${shape}].`);
  }
}

/** Positions of the inputs whose first axis is the batch. */
function batchedInputs(inputs: Readonly<Record<string, InputSpec>>, batch: ExportOptions['batch']): number[] {
  if (batch === 'fixed') return [];
  const names = Object.keys(inputs);
  const withAxis = names.filter((name) => inputs[name]!.shape.length > 0);
  const chosen = batch === 'dynamic' || batch === undefined ? withAxis : batch;
  const wrong = chosen.find((name) => !withAxis.includes(name));
  if (wrong !== undefined) {
    throw new Error(
      `The option batch names '${wrong}', which is not an input with a first axis (${withAxis.join(', ')}).`,
    );
  }
  if (chosen.length === 0)
    throw new Error("No input has an axis that can be the batch. Export with { batch: 'fixed' }.");
  return chosen.map((name) => names.indexOf(name));
}

/** Reads each constant once, even if both traces use it. */
function constantSource({ read, uploads }: Tracing): ConstantSource {
  const known = new Map<Value, TensorData>();
  return {
    read(value) {
      const data = known.get(value) ?? read(value);
      known.set(value, data);
      return data;
    },
    isCreatedInside: (value) => uploads.has(value),
  };
}

function trace(
  tracing: Tracing,
  source: ConstantSource,
  fn: (...inputs: never[]) => Outputs,
  specs: readonly InputSpec[],
): Program {
  const placeholders = specs.map(({ shape, dtype = 'float32' }) => tracing.placeholder(dtype as NumericType, shape));
  const outputs = namedOutputs(fn(...(placeholders as never[]))).map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    value: tracing.valueOf(tensor),
  }));
  const wanted = new Set(outputs.map(({ value }) => value));
  const graph = collect(tracing.recorded(), (value) => wanted.has(value));
  const parameters = placeholders.map((tensor) => ({ shape: tensor.shape, value: tracing.valueOf(tensor) }));
  return lowerProgram(graph, parameters, outputs, source);
}

function namedOutputs(outputs: Outputs): [string, Tensor][] {
  if (outputs instanceof Promise) {
    outputs.catch(() => {});
    throw new Error('The exported function returns a promise; it must not be async.');
  }
  const named: [string, Tensor][] =
    outputs instanceof Tensor
      ? [['output', outputs]]
      : Array.isArray(outputs)
        ? (outputs as Tensor[]).map((tensor, i) => [`output${i}`, tensor])
        : Object.entries(outputs ?? {});
  if (named.length === 0) throw new Error('The exported function returns no tensor.');
  for (const [name, tensor] of named) {
    if (!(tensor instanceof Tensor) || !['float32', 'int32', 'bool'].includes(tensor.dtype)) {
      throw new Error(`The exported function's output '${name}' is not a tensor of type float32, int32 or bool.`);
    }
  }
  return named;
}
