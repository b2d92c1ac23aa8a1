import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { describe, expect, it } from 'vitest';
import { compileKernels } from '../scripts/kernels/compile.js';
import { addProduct, type ProductOptions } from '../src/linalg/add-product.js';
import { congruence } from '../src/linalg/congruence.js';
import { createWasmKernels } from '../src/linalg/kernels/wasm-kernels.js';
import { WASM_BYTES } from '../src/linalg/kernels/wasm-bytes.js';
import { Workspace } from '../src/linalg/workspace.js';
import { place, turn } from './support/matrices.js';

it('has the WebAssembly of its source, and the host runs it', () => {
  expect(WASM_BYTES, 'run npm run kernels -w @onestep/metrics').toBe(compileKernels().toString('base64'));
  expect(createWasmKernels(10)).not.toBeNull();
});

/** Sizes on both sides of tiles, blocks and depths. */
const size = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(63, 64, 65, 257));
const triangle = fc.constantFrom(undefined, 'upper' as const, 'lower' as const);

describe.each([{ plain: false }, { plain: true }])('products, $plain for plain JavaScript', (kernels) => {
  it('are dot products of rows or columns, of triangles and of all, in a triangle or everywhere', () => {
    const sides = fc.record({ transposed: fc.boolean(), triangle });
    const upper = fc.constantFrom(undefined, 'upper' as const);
    fc.assert(
      fc.property(
        size,
        size,
        size,
        sides,
        fc.record({ transposed: fc.boolean(), triangle: upper }),
        triangle,
        fc.boolean(),
        check,
      ),
      { numRuns: 20 },
    );
  });

  interface Side<T> {
    transposed: boolean;
    triangle: T;
  }
  type Triangle = ProductOptions['triangle'];

  function check(
    rows: number,
    columns: number,
    depth: number,
    a: Side<Triangle>,
    b: Side<'upper' | undefined>,
    part: Triangle,
    negative: boolean,
  ): void {
    const work = new Workspace(Math.max(rows, columns, depth), 3, kernels);
    const [x, y, out] = [work.matrix(), work.matrix(), work.matrix()];
    const rng = new Rng(rows + columns + depth);
    // NaN outside of what may be read, and 1 in the result before.
    const fill = ({ data, stride }: typeof x, { transposed, triangle }: Side<Triangle>, count: number) => {
      data.fill(NaN);
      const values = Float64Array.from(rng.normal(count * depth));
      for (let i = 0; i < count; i++) {
        for (let k = 0; k < depth; k++) {
          if ((triangle === 'upper' && k < i) || (triangle === 'lower' && k > i)) values[i * depth + k] = 0;
          else data[transposed ? k * stride + i : i * stride + k] = values[i * depth + k]!;
        }
      }
      return values;
    };
    const [left, right] = [fill(x, a, rows), fill(y, b, columns)];
    out.data.fill(1);
    addProduct(work, out, { matrix: x, rows, ...a }, { matrix: y, rows: columns, ...b }, depth, {
      negative,
      triangle: part,
    });
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        if ((part === 'upper' && j < i) || (part === 'lower' && j > i)) continue;
        let sum = 0;
        for (let k = 0; k < depth; k++) sum += left[i * depth + k]! * right[j * depth + k]!;
        const error = Math.abs(out.data[i * out.stride + j]! - (negative ? 1 - sum : 1 + sum));
        if (!(error < 1e-11)) expect.fail(`element ${i}, ${j} of ${rows} x ${columns}, depth ${depth}: ${error}`);
      }
    }
  }

  it.each([
    [7, 7],
    [70, 33],
    [261, 130],
  ])("make L' S L of a symmetric matrix of %i rows and a factor of rank %i", (n, rank) => {
    const work = new Workspace(n, 3, kernels);
    const s = turn(new Rng(1).normal(n), 2);
    const factor = Float64Array.from(new Rng(3).normal(rank * n), (value, at) =>
      at % n < Math.floor(at / n) ? 0 : value,
    );
    const target = place(work, s, n);
    congruence(work, { rows: place(work, factor, n), rank }, target, n);
    const half = new Float64Array(rank * n);
    for (let i = 0; i < rank; i++)
      for (let k = i; k < n; k++) for (let j = 0; j < n; j++) half[i * n + j]! += factor[i * n + k]! * s[k * n + j]!;
    for (let i = 0; i < rank; i++) {
      for (let j = i; j < rank; j++) {
        let sum = 0;
        for (let k = j; k < n; k++) sum += half[i * n + k]! * factor[j * n + k]!;
        expect(Math.abs(target.data[i * target.stride + j]! - sum)).toBeLessThan(1e-11);
      }
    }
  });
});
