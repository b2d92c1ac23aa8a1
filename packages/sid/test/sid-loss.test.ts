import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { diagnostics, type ComparedImages } from '@onestep/score-distillation';
import { sidGeneratorLoss, sidSigmas } from '@onestep/sid';
import { denoise, FAKE, gradientThroughNetworks, PIXELS, SHAPE, SIGMA, TEACHER } from './support/gaussian-networks.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

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
  it('has the values and gradients of its formula', () => {
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

  it('has the factor 1 / mean |x_g - f_phi| on each sample, and none above 1e5', () => {
    const xg = tf.tensor4d([1, 2, 3, 4, 5, 5, 5, 5], [2, 2, 2, 1]);
    const fPhi = tf.tensor4d([0, 2, 1, 5, 5, 5, 5, 5], [2, 2, 2, 1]);
    const { weight, loss } = sidGeneratorLoss({ xg, fPhi, fPsi: tf.zerosLike(xg), alpha: 0 });
    const [first, second] = weight.dataSync();
    expect(first).toBeCloseTo(1, 6);
    expect(second! / 1e5).toBeCloseTo(1, 6);
    // weight f_phi (f_phi - x_g)
    [0, 0, -2, 5, 0, 0, 0, 0].forEach((value, i) => expect(loss.dataSync()[i]).toBeCloseTo(value, 5));
  });

  it.each([0, 1, 2])('leaves out and counts a sample with NaN in input %d', (input) => {
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

describe('the gradient of the SiD loss through both networks', () => {
  it('is the derivative of (L_2 - alpha L_1) / w, by finite differences', () => {
    /** L_2 - alpha L_1 of a sample, in double precision. */
    const objective = (x: Float64Array, noise: Float32Array, sigma: number, alpha: number) => {
      let [l1, l2] = [0, 0];
      x.forEach((value, i) => {
        const xt = value + sigma * noise[i]!;
        const [phi, psi] = [denoise(xt, sigma, TEACHER), denoise(xt, sigma, FAKE)];
        l1 += (phi - psi) ** 2;
        l2 += (phi - psi) * (phi - value);
      });
      return l2 - alpha * l1;
    };
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -0.25, max: 1.5, noNaN: true }), (seed, alpha) => {
        const loss = (images: ComparedImages) => sidGeneratorLoss({ ...images, alpha }).loss;
        const { x, noise, gradient } = gradientThroughNetworks(seed, loss);
        SIGMA.forEach((sigma, n) => {
          const sample = Float64Array.from(x.subarray(n * PIXELS, (n + 1) * PIXELS));
          const own = noise.subarray(n * PIXELS, (n + 1) * PIXELS);
          // The divisor w is a constant: the mean of |x_g - f_phi|.
          const differences = sample.map((value, i) =>
            Math.abs(value - denoise(value + sigma * own[i]!, sigma, TEACHER)),
          );
          const w = differences.reduce((a, b) => a + b) / PIXELS;
          for (let i = 0; i < PIXELS; i++) {
            const at = (step: number) => objective(sample.with(i, sample[i]! + step), own, sigma, alpha) / w;
            const expected = (at(1e-4) - at(-1e-4)) / 2e-4;
            expect(Math.abs(gradient[n * PIXELS + i]! - expected)).toBeLessThan(1e-4 * (1 + Math.abs(expected)));
          }
        });
      }),
      { numRuns: 10 },
    );
  });
});

describe('score identities', () => {
  // Images of one pixel from a student N(mean, std^2), whose exact score the fake score network has.
  const N = 40_000;
  const STUDENT = { mean: -0.1, std: 0.8 };
  const SIGMA = 0.6;

  /** E |f_phi - f_psi|^2 at the noise level, in closed form: the difference is affine in x_t. */
  const fisher = ({ mean, std }: typeof STUDENT) => {
    const [a, b] = [TEACHER.std, std].map((s) => s ** 2 / (s ** 2 + SIGMA ** 2)) as [number, number];
    return ((1 - a) * (TEACHER.mean - mean)) ** 2 + (a - b) ** 2 * (std ** 2 + SIGMA ** 2);
  };

  /** The mean of L_2 - alpha L_1, and its gradient with respect to the student's mean and standard deviation. */
  function evaluate(alpha: number) {
    const rng = new Rng(4);
    const [z, noise] = [rng.normal(N), rng.normal(N)];
    const [mean, std] = [STUDENT.mean, STUDENT.std].map((value) => new Parameter(tf.tensor([value])));
    const one = { imgResolution: 1, imgChannels: 1 };
    const { loss, grads } = lossAndGrads(() => {
      const shape: [number, number, number, number] = [N, 1, 1, 1];
      const xg = tf.add(mean!.variable, tf.mul(std!.variable, tf.tensor(z, shape))) as tf.Tensor4D;
      const xt = tf.add(xg, tf.mul(tf.tensor(noise, shape), SIGMA)) as tf.Tensor4D;
      const sigma = tf.fill([N], SIGMA) as tf.Tensor1D;
      const fPhi = new GaussianDenoiser({ ...one, ...TEACHER }).denoise(xt, sigma);
      const fPsi = new GaussianDenoiser({ ...one, ...STUDENT }).denoise(xt, sigma);
      const sid = sidGeneratorLoss({ xg, fPhi, fPsi, alpha });
      return { loss: tf.mean<tf.Scalar>(tf.div(tf.reshape(sid.loss, [-1]), sid.weight)), aux: {} };
    }, [mean!, std!]);
    return [loss, ...grads].map((value) => value.dataSync()[0]!);
  }

  it('make L_2 the same as L_1 on average, once the fake score network has converged', () => {
    for (const alpha of [0, 0.5, 1]) {
      expect(evaluate(alpha)[0]! - (1 - alpha) * fisher(STUDENT)).toBeCloseTo(0, 2);
    }
  });

  it('make the gradient for alpha 1/2 half that of the Fisher divergence', () => {
    const [, byMean, byStd] = evaluate(0.5);
    const slope = (name: 'mean' | 'std') => {
      const at = (step: number) => fisher({ ...STUDENT, [name]: STUDENT[name] + step });
      return (at(1e-4) - at(-1e-4)) / 2e-4;
    };
    expect(byMean! / (slope('mean') / 2)).toBeCloseTo(1, 1);
    expect(byStd! / (slope('std') / 2)).toBeCloseTo(1, 1);
  });
});

describe('sidSigmas', () => {
  it('are the published noise levels', () => {
    const expected: [number, number][] = [
      [0, 0.002],
      [0.1, 0.01672075],
      [0.2, 0.0850872],
      [0.4, 0.96541693],
      [0.5, 2.51521898],
      [0.6, 5.83894763],
      [0.8, 24.40834179],
      [1, 80],
    ];
    for (const [t, sigma] of expected) expect(sidSigmas([t], 1000)[0]! / sigma).toBeCloseTo(1, 6);
    expect(sidSigmas([1], 800)[0]).toBeCloseTo(24.40834179, 4);
  });
});
