import type * as tf from '@tensorflow/tfjs-core';

/** What is used of tfjs's WebAssembly engine, 4.22. */
export interface WasmBackend {
  wasm: {
    /** What the engine's module exports. */
    asm: Record<string, unknown>;
    /** The memory, where it is shared between threads. */
    wasmMemory?: unknown;
  };
  dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  disposeData(dataId: object): boolean;
  typedArrayFromHeap(tensor: tf.TensorInfo): tf.TypedArray;
}
