import { createRequire } from 'node:module';
import type { InferenceSession, Tensor as OrtTensor } from '@onestep/onnxruntime';
import { library } from './library.js';

/** An input or output of a model. */
export interface OnnxValue {
  name: string;
  /** Type of the elements: `float32`, `int64`, ... */
  type: string;
  /** Length of each axis; a name or an empty text where any length will do. */
  shape: readonly (number | string)[];
}

/** Numbers with their shape. */
export interface OnnxArray {
  data: Float32Array;
  shape: readonly number[];
}

/** Numbers with their shape that a model takes: float32, int64 or int32, by their array. */
export interface OnnxInput {
  data: Float32Array | BigInt64Array | Int32Array;
  shape: readonly number[];
}

/** An ONNX model in memory. */
export interface OnnxModel {
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  /**
   * Runs the model.
   *
   * @param inputs each input by its name
   * @param outputs names of the outputs that are needed
   * @throws ONNX Runtime's error, if the inputs do not fit the model
   */
  run(inputs: Readonly<Record<string, OnnxInput>>, outputs: readonly string[]): Promise<Record<string, OnnxArray>>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/** The public API of ONNX Runtime. */
interface PublicApi {
  InferenceSession: { create(path: string, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
}

const require = createRequire(import.meta.url);

/**
 * Opens an ONNX file that any program has made, with its external data if it has them, and runs it on ONNX Runtime's CPU
 * provider. No backend of tfjs is needed.
 *
 * @throws naming the file, if it is not a model that ONNX Runtime can run
 */
export async function openOnnx(path: string): Promise<OnnxModel> {
  const { name, Tensor } = library();
  const { InferenceSession: Session } = require(name) as PublicApi;
  const session = await Session.create(path, { logSeverityLevel: 3 }).catch((error: Error) => {
    throw new Error(`${path} is not an ONNX model that ONNX Runtime can run: ${error.message}`, { cause: error });
  });
  return {
    inputs: session.inputMetadata.map(describe),
    outputs: session.outputMetadata.map(describe),
    async run(inputs, outputs) {
      const feeds = Object.entries(inputs).map(([key, { data, shape }]) => [
        key,
        new Tensor(typeOf(data), data, shape),
      ]);
      const results = await session.run(Object.fromEntries(feeds) as Record<string, OrtTensor>, [...outputs]);
      return Object.fromEntries(outputs.map((key) => [key, toArray(results[key]!, key, path)]));
    },
    dispose: () => session.release(),
  };
}

function describe(value: InferenceSession.ValueMetadata): OnnxValue {
  return value.isTensor
    ? { name: value.name, type: value.type, shape: value.shape }
    : { name: value.name, type: 'not a tensor', shape: [] };
}

function typeOf(data: OnnxInput['data']): 'float32' | 'int64' | 'int32' {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

function toArray({ data, dims }: OrtTensor, name: string, path: string): OnnxArray {
  if (data instanceof Float32Array) return { data, shape: dims };
  throw new Error(`${path}: the output ${name} is not float32; export the model in float32.`);
}
