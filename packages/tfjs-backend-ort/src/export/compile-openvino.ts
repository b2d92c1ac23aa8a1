import { backend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { OrtBackend } from '../backend.js';
import { sizeOf } from '../lower/lowered-tensor.js';
import { openVino } from '../runtime/openvino/library.js';
import { type HostArray, OpenVinoModel, type Precision } from '../runtime/openvino/model.js';
import { exportOnnx, type InputSpec } from './export-onnx.js';

/** A compiled function: tensors in, in the order of its inputs; tensors out. */
export type CompiledFunction = (...inputs: Tensor[]) => Record<string, Tensor>;

/**
 * Checks that functions can be compiled in bfloat16: that the backend is 'ort', OpenVINO is installed, and the processor
 * multiplies in bfloat16.
 *
 * @returns one line: the library and its version
 * @throws Error that says what is missing
 */
export function requireBfloat16(): string {
  runningBackend();
  const { version, capabilities } = openVino();
  if (!capabilities.includes('BF16')) {
    throw new Error(
      'This processor does not multiply in bfloat16 (AVX-512 BF16 or AMX), so that it gains nothing here.',
    );
  }
  return `OpenVINO ${version.split('-')[0]}, bfloat16`;
}

/**
 * Compiles a function with OpenVINO, for inputs of certain shapes. Needs the backend 'ort', which traces the function.
 *
 * @param fn a function of float32 tensors, as for `exportOnnx`; what else it uses, such as weights, keeps its value. It
 *   returns float32 tensors by name
 * @param inputs the shape of each input by its name, in the order of the function's parameters
 * @param precision of everything between the inputs and the results, which are float32. With `bfloat16` OpenVINO keeps what
 *   follows the last product in float32
 * @throws Error if OpenVINO is not installed, or the function cannot be exported
 */
export function compileOpenVino(
  fn: (...inputs: never[]) => Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, InputSpec>>,
  precision: Precision,
): CompiledFunction {
  let shapes: [name: string, shape: number[]][] = [];
  const traced = (...placeholders: never[]) => {
    const results = fn(...placeholders);
    shapes = Object.entries(results).map(([name, { shape }]) => [name, shape]);
    return results;
  };
  runningBackend();
  openVino();
  const file = exportOnnx(traced, inputs, { batch: 'fixed' });
  const { threads } = runningBackend().options;
  const model = new OpenVinoModel(file, { precision, threads });
  const names = Object.keys(inputs);
  return (...tensors) => {
    const given = tensors.map((x, i): [string, HostArray] => [
      names[i]!,
      { data: x.dataSync<'float32'>(), shape: x.shape },
    ]);
    const results = shapes.map(([name, shape]): [string, HostArray] => [
      name,
      { data: new Float32Array(sizeOf(shape)), shape },
    ]);
    model.run(Object.fromEntries(given), Object.fromEntries(results));
    return Object.fromEntries(results.map(([name, { data, shape }]) => [name, tensor(data, [...shape])]));
  };
}

function runningBackend(): OrtBackend {
  const running = backend();
  if (running instanceof OrtBackend) return running;
  throw new Error("OpenVINO computes beside the backend 'ort', which traces what it compiles. Use that backend.");
}
