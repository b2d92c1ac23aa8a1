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
  /** The products of all rows of `a`, [rows, depth], with all rows of `b`, [columns, depth]. */
  multiplyByRows(a: number, b: number, out: number, rows: number, columns: number, depth: number): void;
  /** Copies `count` stretches of `length` values of 4 bytes, which begin `fromStep` and `toStep` values apart. */
  copyStretches(from: number, fromStep: number, to: number, toStep: number, count: number, length: number): void;
  /**
   * scale x W' + biasScale b and a leaky ReLU, of `rows` of `depth` numbers and weights [columns, depth].
   *
   * @param slope from 0 to 1; 1 for no activation
   */
  denseLayer(
    x: number,
    weight: number,
    bias: number,
    out: number,
    rows: number,
    columns: number,
    depth: number,
    scale: number,
    biasScale: number,
    slope: number,
  ): void;
  /**
   * A modulated 3x3 convolution of `images` of `height` times `width` pixels, a multiple of 4, of `from` numbers; with `up` a
   * transposed one with stride 2, filtered. Then demodulation, noise, bias, leaky ReLU and a limit of the absolute value.
   *
   * @param styles [images, from]
   * @param weight [3, 3, from, to]; `from` is a multiple of 4, `to` of 8
   * @param taps [4, 4], of the filter
   * @param noise a number for each pixel of the result; 0 for none
   * @param noiseStep from the noise of an image to the next one's, in values; 0 for the same
   * @param strength address of the factor of the noise
   * @param gain factor on the result before the leaky ReLU
   * @param limit may be Infinity
   * @param scratch address of {@link synthesisLayerScratch} values
   */
  synthesisLayer(
    x: number,
    styles: number,
    weight: number,
    bias: number,
    taps: number,
    noise: number,
    noiseStep: number,
    strength: number,
    out: number,
    images: number,
    height: number,
    width: number,
    from: number,
    to: number,
    up: number,
    epsilon: number,
    gain: number,
    slope: number,
    limit: number,
    scratch: number,
  ): void;
  /** The number of values that a synthesis layer works in. */
  synthesisLayerScratch(images: number, height: number, width: number, from: number, to: number, up: number): number;
  /**
   * A modulated 1x1 convolution with a bias and a limit of the absolute value.
   *
   * @param styles [images, from], multiplied by `gain`
   * @param weight [from, to]
   * @param limit may be Infinity
   * @param scratch address of from * to values
   */
  toRgbLayer(
    x: number,
    styles: number,
    weight: number,
    bias: number,
    out: number,
    images: number,
    pixels: number,
    from: number,
    to: number,
    gain: number,
    limit: number,
    scratch: number,
  ): void;
  /** Inserts zeros, filters with [length, length] taps, cuts `padding` pixels of each side, and multiplies by 4. */
  upsampleFiltered(
    x: number,
    taps: number,
    out: number,
    images: number,
    height: number,
    width: number,
    channels: number,
    length: number,
    padding: number,
  ): void;
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
