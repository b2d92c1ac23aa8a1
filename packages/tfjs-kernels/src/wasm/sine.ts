import type * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';
import type { WasmBackend } from './compiled/wasm-backend.js';

/**
 * Replaces the sine and cosine by JavaScript's, rounded to float32. The engine's own have an absolute error of 1e-7 however small
 * the sine, which the slowest frequency of an embedding shows.
 */
export function registerSine(): void {
  register('Sin', Math.sin);
  register('Cos', Math.cos);
}

function register(name: string, f: (x: number) => number): void {
  replaceKernel(name, 'wasm', () => ({ inputs, backend }) => {
    const engine = backend as WasmBackend;
    const x = inputs.x as tf.TensorInfo;
    const out = engine.makeOutput(x.shape, 'float32');
    // The views are taken after the allocation, which may move the memory.
    const [from, to] = [engine.typedArrayFromHeap(x), engine.typedArrayFromHeap(out)];
    from.forEach((value, i) => (to[i] = f(value)));
    return out;
  });
}
