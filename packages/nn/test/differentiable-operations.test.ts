import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import { derivativeErrors } from '../../../test-support/derivatives.js';
import { NOT_DIFFERENTIATED, OPERATIONS, type Operation } from './support/operations.js';

/** Rounding of float32 in differences of values near 1, over steps of 0.02, times some tens of operations. */
const NUMERIC = 2e-3;
/** Rounding alone. */
const ROUNDING = 2e-5;

beforeAll(startTestBackend);

const rows = Object.entries(OPERATIONS).flatMap(([name, operations]) =>
  [operations].flat().map((operation, i): [string, Operation] => [i === 0 ? name : `${name} (${i + 1})`, operation]),
);

describe('first derivatives, Hessian-vector products and Jacobian-vector products', () => {
  const supported = rows.filter(([, { notOn = {} }]) => !(TEST_BACKEND in notOn));

  it.each(supported)('of %s', async (_, { inputs, f }) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 - 1 }), async (seed) => {
        const rng = new Rng(seed);
        const draw = (shape: number[]) => rng.normal(shape.reduce((a, b) => a * b, 1));
        const points = inputs.map(({ shape, draw }) => tf.tensor(draw(rng, tf.util.sizeFromShape(shape)), shape));
        const directions = inputs.map(({ shape }) => tf.tensor(draw(shape).map(Math.tanh), shape));
        const errors = await derivativeErrors(f, points, directions, (shape) => tf.tensor(draw(shape), shape));
        tf.dispose([points, directions]);
        expect(errors.jvp).toBeLessThan(NUMERIC);
        expect(errors.gradient).toBeLessThan(ROUNDING);
        expect(errors.hessian).toBeLessThan(NUMERIC);
      }),
      { numRuns: 2 },
    );
  });
});

describe('the list of operations', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  /** Below the operations: engines, and what their kernels are composed of. */
  const ENGINES = ['backends', 'tfjs-backend-ort', 'tfjs-kernels'];

  function sourcesOf(folder: string): string[] {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.ts')).map((file) => readFileSync(join(folder, file), 'utf8'));
  }

  it('has a row, or a reason for none, for each that the sources use', () => {
    const used = new Set<string>();
    for (const name of readdirSync(root)) {
      if (ENGINES.includes(name)) continue;
      for (const source of sourcesOf(join(root, name, 'src'))) {
        for (const [, operation] of source.matchAll(/\b(tf\.(?:[a-z]+\.)?[a-zA-Z0-9]+)(?:<[^()]*>)?\(/g)) {
          used.add(operation!);
        }
      }
    }
    // Calls of namespaces that compute nothing.
    const operations = [...used].filter((name) => !/^tf\.(util|backend_util)\./.test(name));
    expect(operations).toContain('tf.conv2d');
    expect(operations.filter((name) => !(name in OPERATIONS) && !(name in NOT_DIFFERENTIATED))).toEqual([]);
  });

  it('has them for all functions of src/ops', () => {
    const functions = sourcesOf(join(root, 'nn/src/ops')).flatMap((source) =>
      [...source.matchAll(/^export function (\w+)/gm)].map(([, name]) => name!),
    );
    expect(functions).toContain('attention');
    expect(functions.filter((name) => !(name in OPERATIONS) && !(name in NOT_DIFFERENTIATED))).toEqual([]);
  });
});
