import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasm-backend.js';
import { WASM_BYTES } from './wasm-bytes.js';

/** What kernels/index.ts exports. Addresses are in bytes, all values are float32. */
export interface Kernels {
  /**
   * Group normalization of `images` of `pixels` of `channels`, a multiple of 4, and SiLU if `silu` is 1.
   *
   * @param scratch address of 2 * channels values
   */
  groupNorm(
    x: number,
    out: number,
    gamma: number,
    beta: number,
    images: number,
    pixels: number,
    channels: number,
    groups: number,
    epsilon: number,
    silu: number,
    scratch: number,
  ): void;
  /** x / (1 + exp(-x)) of `size` values. */
  silu(x: number, out: number, size: number): void;
  /** The products of all rows of `a`, [rows, depth], with all rows of `b`, [columns, depth]; the depth is a multiple of 4. */
  multiplyByRows(a: number, b: number, out: number, rows: number, columns: number, depth: number): void;
  /** Copies `count` stretches of `length` values of 4 bytes, which begin `fromStep` and `toStep` values apart. */
  copyStretches(from: number, fromStep: number, to: number, toStep: number, count: number, length: number): void;
}

/** What is used of WebAssembly. TypeScript's types of it are those of browsers. */
export interface WebAssemblyHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
  Memory: new (...args: unknown[]) => { buffer: ArrayBufferLike };
}

/** @returns the kernels in the memory of an engine; null where it runs without SIMD, or the host does not compile them */
export function instantiateKernels({ wasm }: WasmBackend): Kernels | null {
  if (!tf.env().getBool('WASM_HAS_SIMD_SUPPORT')) return null;
  const { Module, Instance, Memory } = (globalThis as unknown as { WebAssembly: WebAssemblyHost }).WebAssembly;
  // An engine with threads imports its memory, one without exports it.
  const memory = wasm.wasmMemory ?? Object.values(wasm.asm).find((value) => value instanceof Memory);
  if (!(memory instanceof Memory)) return null;
  const bytes = memory.buffer instanceof ArrayBuffer ? WASM_BYTES.own : WASM_BYTES.shared;
  try {
    const module = new Module(Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0)));
    return new Instance(module, { env: { memory } }).exports as Kernels;
  } catch {
    // Not allowed by the page's content security policy.
    return null;
  }
}
