import type { Kernels, Vector } from './kernels.js';
import { WASM_BYTES } from './wasm-bytes.js';

const PAGE_BYTES = 65536;

/** What kernels/index.ts exports; addresses are in bytes. */
interface Exports {
  addTiles(
    out: number,
    stride: number,
    a: number,
    b: number,
    depth: number,
    tiles: number,
    from: number,
    to: number,
    bFrom: number,
    bStep: number,
  ): void;
  symmetricProduct(matrix: number, stride: number, size: number, x: number, out: number): void;
  product(matrix: number, stride: number, rows: number, columns: number, x: number, out: number): void;
  addRows(matrix: number, stride: number, rows: number, columns: number, factors: number, out: number): void;
}

/** What is used of WebAssembly. TypeScript's types of it are those of browsers. */
interface WebAssemblyHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
  Memory: new (pages: { initial: number; maximum: number }) => { buffer: ArrayBuffer };
}

/** The compiled module, null where the host cannot compile it, undefined before it was tried. */
let compiled: object | null | undefined;

function findHost(): WebAssemblyHost {
  return (globalThis as unknown as { WebAssembly: WebAssemblyHost }).WebAssembly;
}

function compile(): object | null {
  try {
    return new (findHost().Module)(Uint8Array.from(atob(WASM_BYTES), (character) => character.charCodeAt(0)));
  } catch {
    // Without SIMD, without WebAssembly, or not allowed by the page's content security policy.
    return null;
  }
}

/**
 * Kernels in WebAssembly with a memory of their own, which is freed with them.
 *
 * @param capacity number of float64 values that can be allocated
 * @returns null where the host has no WebAssembly with SIMD, or not that much memory for it
 */
export function createWasmKernels(capacity: number): Kernels | null {
  if (compiled === undefined) compiled = compile();
  if (compiled === null) return null;
  const { Instance, Memory } = findHost();
  let memory: { buffer: ArrayBuffer };
  try {
    const pages = Math.ceil((capacity * Float64Array.BYTES_PER_ELEMENT) / PAGE_BYTES);
    memory = new Memory({ initial: pages, maximum: pages });
  } catch {
    return null;
  }
  const wasm = new Instance(compiled, { env: { memory } }).exports as Exports;
  let used = 0;
  return {
    allocate(length) {
      const array = new Float64Array(memory.buffer, used, length);
      used += array.byteLength;
      return array;
    },
    addTiles: (out, a, b, tiles, { depth, from, to, bFrom, bStep }) =>
      wasm.addTiles(address(out), out.stride, address(a), address(b), depth, tiles, from, to, bFrom, bStep),
    symmetricProduct: (matrix, size, x, out) =>
      wasm.symmetricProduct(address(matrix), matrix.stride, size, address(x), address(out)),
    product: (matrix, rows, columns, x, out) =>
      wasm.product(address(matrix), matrix.stride, rows, columns, address(x), address(out)),
    addRows: (matrix, rows, columns, factors, out) =>
      wasm.addRows(address(matrix), matrix.stride, rows, columns, address(factors), address(out)),
  };
}

function address({ data, at }: Vector): number {
  return data.byteOffset + at * Float64Array.BYTES_PER_ELEMENT;
}
