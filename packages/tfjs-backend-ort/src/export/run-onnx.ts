import { Session, wrap, type NativeTensor, type TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** The elements of an input or a result of an ONNX file, row-major. */
export interface OnnxTensor {
  shape: readonly number[];
  /** Float32Array for float32, Int32Array for int32, Uint8Array for bool. */
  data: Float32Array | Int32Array | Uint8Array;
}

/**
 * Runs an ONNX file once, as other programs do: on the CPU, with onnxruntime's own optimizations. It works on whatever
 * backend is current.
 *
 * @param model the bytes of the file
 * @param inputs all inputs, by name
 * @param outputs names of the results
 * @returns the results by name
 * @throws onnxruntime's error if the file is not valid, or the inputs do not fit it
 */
export function runOnnx(
  model: Uint8Array,
  inputs: Readonly<Record<string, OnnxTensor>>,
  outputs: readonly string[],
): Record<string, OnnxTensor> {
  const session = new Session(model, { threads: 0, optimize: true });
  try {
    const feeds = Object.entries(inputs).map(([name, { shape, data }]): [string, NativeTensor] => [
      name,
      wrap(typeOf(data), data, shape),
    ]);
    const results = session.compute(Object.fromEntries(feeds), outputs);
    return Object.fromEntries(
      results.map(({ dims, data }, i) => [outputs[i]!, { shape: [...dims], data: data as TensorData }]),
    );
  } finally {
    session.dispose();
  }
}

function typeOf(data: TensorData): NumericType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}
