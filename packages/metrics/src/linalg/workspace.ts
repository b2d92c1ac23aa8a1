import { padToTiles, type Kernels, type Matrix, type Vector } from './kernels/kernels.js';
import { plainKernels } from './kernels/plain-kernels.js';
import { createWasmKernels } from './kernels/wasm-kernels.js';

/** Terms of the sums of a product that are packed at a time: what the inner loops read then stays in the caches. */
export const DEPTH = 256;
/** Rows of the second operand of a product that are packed at a time. */
export const BLOCK = 64;
/** Columns that are reduced, or pivots that are taken, between two updates of the remaining matrix. */
export const PANEL = 32;

/** Options of a {@link Workspace}. */
export interface WorkspaceOptions {
  rows?: number;
  plain?: boolean;
}

/** Kernels, and memory of theirs for matrices of up to a size. It is freed as a whole. */
export class Workspace {
  readonly kernels: Kernels;
  /** Elements from one row to the next, in all matrices. */
  readonly stride: number;
  /** Operands of a product in the order in which the kernels read them. */
  readonly packed: { a: Vector; b: Vector };
  /** Factors of the rows that a kernel adds. */
  readonly factors: Vector;

  /**
   * @param size largest number of rows and of columns
   * @param matrices number of square matrices that will be taken
   * @param options.rows number of rows of all other matrices that will be taken. Default: those of a tridiagonalization.
   * @param options.plain whether to compute in plain JavaScript although there is WebAssembly. Default: false.
   */
  constructor(size: number, matrices: number, { rows = 4 * PANEL, plain = false }: WorkspaceOptions = {}) {
    this.stride = padToTiles(size);
    const lengths = { a: this.stride * DEPTH, b: BLOCK * DEPTH, factors: 2 * PANEL };
    const elements = (matrices * this.stride + rows) * this.stride;
    const capacity = elements + lengths.a + lengths.b + lengths.factors;
    this.kernels = (plain ? null : createWasmKernels(capacity)) ?? plainKernels;
    this.packed = { a: this.vector(lengths.a), b: this.vector(lengths.b) };
    this.factors = this.vector(lengths.factors);
  }

  /** Takes a matrix of zeros; without an argument, a square one. */
  matrix(rows = this.stride): Matrix {
    return { data: this.kernels.allocate(rows * this.stride), at: 0, stride: this.stride };
  }

  private vector(length: number): Vector {
    return { data: this.kernels.allocate(length), at: 0 };
  }
}
