import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { diagnostics } from '@onestep/score-distillation';
import { sidGeneratorLoss, sidSigmas } from '@onestep/sid';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHAPE: [number, number, number, number] = [3, 2, 2, 3];
const PIXELS = 12;

/** Draws x_g, f_phi, f_psi, and evaluates the summed loss with its gradients. */
function evaluate(seed: number, alpha: number, spoil: (data: Float32Array[]) => void = () => {}) {
  const rng = new Rng(seed);
  const data = [0, 1, 2].map(() => rng.normal(3 * PIXELS));
  spoil(data);
  const inputs = data.map((values) => new Parameter(tf.tensor(values, SHAPE)));
  const [xg, fPhi, fPsi] = inputs.map(({ variable }) => variable as unknown as tf.Tensor4D) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const compared = { xg, fPhi, fPsi, alpha };
  const { grads, aux } = lossAndGrads(() => {
    const sid = sidGeneratorLoss(compared);
    return {
      loss: tf.sum(sid.loss) as tf.Scalar,
      aux: { ...sid, diagnostics: diagnostics(compared, sid.weight, sid.valid).sums },
    };
  }, inputs);
  return {
    data,
    grads: grads.map((grad) => grad.dataSync()),
    loss: aux.loss.dataSync(),
    diagnostics: aux.diagnostics.dataSync(),
  };
}

describe('sidGeneratorLoss', () => {
  test('has the values and gradients of its formula', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -0.25, max: 1.5, noNaN: true }), (seed, alpha) => {
        const { data, grads, loss } = evaluate(seed, alpha);
        const [xg, phi, psi] = data as [Float32Array, Float32Array, Float32Array];
        for (let i = 0; i < xg.length; i++) {
          const sample = Math.floor(i / PIXELS) * PIXELS;
          let w = 0;
          for (let k = sample; k < sample + PIXELS; k++) w += Math.abs(xg[k]! - phi[k]!) / PIXELS;
          const gap = phi[i]! - psi[i]!;
          const close = (actual: number, expected: number) =>
            expect(Math.abs(actual - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
          close(loss[i]!, (gap * (phi[i]! - xg[i]! - alpha * gap)) / w);
          close(grads[0]![i]!, -gap / w);
          close(grads[1]![i]!, (phi[i]! - xg[i]! + gap - 2 * alpha * gap) / w);
          close(grads[2]![i]!, (-(phi[i]! - xg[i]!) + 2 * alpha * gap) / w);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('does not divide by less than 1e-5', () => {
    const x = tf.fill(SHAPE, 0.5) as tf.Tensor4D;
    const { weight } = sidGeneratorLoss({ xg: x, fPhi: x, fPsi: tf.zerosLike(x), alpha: 1 });
    weight.dataSync().forEach((w) => expect(w).toBeCloseTo(1e-5, 10));
  });

  test.each([0, 1, 2])('leaves out and counts a sample with NaN in input %d', (input) => {
    const whole = evaluate(5, 1.2);
    const spoiled = evaluate(5, 1.2, (data) => (data[input]![PIXELS + 7] = NaN));
    const sample = (values: ArrayLike<number>, i: number) => Array.from(values).slice(i * PIXELS, (i + 1) * PIXELS);
    for (const i of [0, 2]) {
      expect(sample(spoiled.loss, i)).toEqual(sample(whole.loss, i));
      spoiled.grads.forEach((grad, k) => expect(sample(grad, i)).toEqual(sample(whole.grads[k]!, i)));
    }
    for (const values of [spoiled.loss, ...spoiled.grads]) {
      expect(sample(values, 1).every((value) => Math.abs(value) === 0)).toBe(true);
    }
    expect(whole.diagnostics[3]).toBe(0);
    expect(spoiled.diagnostics[3]).toBe(1);
    expect(spoiled.diagnostics.every(Number.isFinite)).toBe(true);
  });
});

test('noise levels are the published ones', () => {
  const expected: [number, number][] = [
    [0, 0.002],
    [0.1, 0.01672075],
    [0.2, 0.0850872],
    [0.4, 0.96541693],
  ];
  expected.push([0.5, 2.51521898], [0.6, 5.83894763], [0.8, 24.40834179], [1, 80]);
  for (const [t, sigma] of expected) expect(sidSigmas([t], 1000)[0]! / sigma).toBeCloseTo(1, 6);
  expect(sidSigmas([1], 800)[0]).toBeCloseTo(24.40834179, 4);
});
