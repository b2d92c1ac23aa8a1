import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { pythonWith } from '../../../test-support/python.js';
import { Adam, Parameter } from '../src/index.js';

beforeAll(startTestBackend);

const python = pythonWith('torch');
const program = fileURLToPath(new URL('data/adamw.py', import.meta.url));

const CASES = [
  { weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  { weightDecay: 0.3, beta1: 0, beta2: 0.99, epsilon: 1e-6 },
  { weightDecay: 0, beta1: 0.5, beta2: 0.999, epsilon: 1e-8 },
];
const RATES = [0.1, 0.01, 0.03, 0.1, 0.1, 0.001];
/** The second parameter never has a gradient, and the third one not in the last steps. */
const isAbsent = (step: number) => [false, true, step >= 4];

// Skipped where PyTorch is not there.
it.skipIf(python === null)(
  'the parameters are those of AdamW of PyTorch',
  () => {
    const rng = new Rng(3);
    const start = [5, 3, 4].map((size) => [...rng.normal(size)]);
    const grads = RATES.map((_, step) =>
      start.map(({ length }, i) => (isAbsent(step)[i] ? null : [...rng.normal(length)].map((g) => g * 10 ** step))),
    );
    const input = CASES.map(({ weightDecay, beta1, beta2, epsilon }) => {
      return { weight_decay: weightDecay, betas: [beta1, beta2], eps: epsilon, rates: RATES, start, grads };
    });
    const options = { encoding: 'utf8', input: JSON.stringify(input) } as const;
    const { stdout, stderr, status } = spawnSync(python!, [program], options);
    expect(status, stderr).toBe(0);
    (JSON.parse(stdout) as number[][][][]).forEach((steps, i) => {
      const parameters = start.map((values) => new Parameter(tf.tensor1d(values)));
      const adam = new Adam(new Map(parameters.map((parameter, k) => [`p${k}`, parameter])), CASES[i]);
      steps.forEach((expected, step) => {
        const tensors = grads[step]!.map((grad, k) => tf.tensor1d(grad ?? start[k]!.map(() => 0)));
        adam.step(tensors, RATES[step]!, isAbsent(step));
        const values = parameters.map(({ variable }) => variable.dataSync<'float32'>());
        values.forEach((value, k) => expect(relativeError(value, expected[k]!)).toBeLessThan(1e-6));
        expect([...values[1]!]).toEqual(expected[1]);
      });
    });
  },
  120_000,
);
