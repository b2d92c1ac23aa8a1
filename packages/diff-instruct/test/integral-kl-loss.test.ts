import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { integralKlLoss, scoreDistillationLoss, type IntegralWeight } from '@onestep/diff-instruct';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHAPE: [number, number, number, number] = [3, 2, 2, 1];
const PIXELS = 4;
const SIGMA = [0.1, 0.5, 3];

/** The loss of drawn images, and its gradients with respect to x_g, f_phi and f_psi. */
function evaluate(seed: number, weight?: IntegralWeight, spoil: (data: Float32Array[]) => void = () => {}) {
  const rng = new Rng(seed);
  const data = [0, 1, 2].map(() => rng.normal(3 * PIXELS));
  spoil(data);
  const inputs = data.map((values) => new Parameter(tf.tensor(values, SHAPE)));
  const [xg, fPhi, fPsi] = inputs.map(({ variable }) => variable as tf.Tensor) as [
    tf.Tensor4D,
    tf.Tensor4D,
    tf.Tensor4D,
  ];
  const { loss, grads } = lossAndGrads(() => {
    const compared = { xg, fPhi, fPsi, sigma: tf.tensor1d(SIGMA), ...(weight && { weight }) };
    return { loss: tf.sum<tf.Scalar>(integralKlLoss(compared).loss), aux: {} };
  }, inputs);
  return { data, loss: loss.dataSync()[0]!, grads: grads.map((grad) => grad.dataSync()) };
}

describe('integralKlLoss', () => {
  it('has the gradient w (s_q - s_p) of Eq. (3.2), with respect to the images alone', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -1, max: 2, noNaN: true }), (seed, power) => {
        const { data, grads } = evaluate(seed, (sigma) => tf.pow(sigma, power) as tf.Tensor1D);
        const [, phi, psi] = data as [Float32Array, Float32Array, Float32Array];
        grads[0]!.forEach((grad, i) => {
          const sigma = SIGMA[Math.floor(i / PIXELS)]!;
          // s = (f(x_t) - x_t) / sigma^2
          const expected = (sigma ** power * (psi[i]! - phi[i]!)) / sigma ** 2;
          expect(Math.abs(grad - expected)).toBeLessThan(1e-5 * (1 + Math.abs(expected)));
        });
        for (const constant of [grads[1]!, grads[2]!]) expect(constant.every((grad) => grad === 0)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it('is the published difference of images times the images where no weight is given', () => {
    const { data, loss } = evaluate(4);
    const [xg, phi, psi] = data as [Float32Array, Float32Array, Float32Array];
    const expected = xg.reduce((sum, x, i) => sum + (psi[i]! - phi[i]!) * x, 0);
    expect(Math.abs(loss - expected)).toBeLessThan(1e-5 * Math.abs(expected));
  });

  it.each([0, 1, 2])('leaves out a sample with NaN in input %d', (input) => {
    const whole = evaluate(5);
    const { grads } = evaluate(5, undefined, (data) => (data[input]![PIXELS + 1] = NaN));
    grads[0]!.forEach((grad, i) => expect(grad).toBe(Math.floor(i / PIXELS) === 1 ? 0 : whole.grads[0]![i]));
  });
});

describe('the gradient of the integral KL divergence', () => {
  const N = 40_000;
  const [TEACHER, STUDENT] = [
    { mean: 0.4, std: 0.5 },
    { mean: -0.1, std: 0.8 },
  ];

  /** w KL(q_t | p_t) at a noise level, for a student and a teacher of Gaussian pixels. */
  const divergence = ({ mean, std }: typeof STUDENT, sigma: number, w: number) => {
    const [q, p] = [std ** 2 + sigma ** 2, TEACHER.std ** 2 + sigma ** 2];
    return (w * (Math.log(p / q) + (q + (mean - TEACHER.mean) ** 2) / p - 1)) / 2;
  };

  it.each([0.3, 1.5])('is that of the divergence itself, where both scores are exact, at noise level %d', (sigma) => {
    const w = 3;
    const rng = new Rng(4);
    const [z, noise] = [rng.normal(N), rng.normal(N)];
    const [mean, std] = [STUDENT.mean, STUDENT.std].map((value) => new Parameter(tf.tensor([value])));
    const one = { imgResolution: 1, imgChannels: 1 };
    const { grads } = lossAndGrads(() => {
      const shape: [number, number, number, number] = [N, 1, 1, 1];
      const xg = tf.add(mean!.variable, tf.mul(std!.variable, tf.tensor(z, shape))) as tf.Tensor4D;
      const xt = tf.add(xg, tf.mul(tf.tensor(noise, shape), sigma)) as tf.Tensor4D;
      const levels = tf.fill([N], sigma) as tf.Tensor1D;
      const fPhi = new GaussianDenoiser({ ...one, ...TEACHER }).denoise(xt, levels);
      const fPsi = new GaussianDenoiser({ ...one, ...STUDENT }).denoise(xt, levels);
      const weight: IntegralWeight = (s) => tf.fill(s.shape, w);
      return { loss: tf.mean<tf.Scalar>(integralKlLoss({ xg, fPhi, fPsi, sigma: levels, weight }).loss), aux: {} };
    }, [mean!, std!]);
    (['mean', 'std'] as const).forEach((name, i) => {
      const at = (step: number) => divergence({ ...STUDENT, [name]: STUDENT[name] + step }, sigma, w);
      expect(grads[i]!.dataSync()[0]! / ((at(1e-4) - at(-1e-4)) / 2e-4)).toBeCloseTo(1, 1);
    });
  });

  it('is that of the distribution matching loss of DMD2, times its weight and the number of all pixels', () => {
    const { data, grads } = evaluate(6);
    const shape = SHAPE;
    const [fPhi, fPsi] = [1, 2].map((i) => tf.tensor(data[i]!, shape));
    const images = new Parameter(tf.tensor(data[0]!, shape));
    // 1/2 mean (x - sg(x - g))^2 with g = (f_psi - f_phi) / w and w the mean of |x - f_phi|
    const x = tf.tensor(data[0]!, shape);
    const w = tf.mean(tf.abs(tf.sub(x, fPhi!)), [1, 2, 3], true);
    const target = tf.sub(x, tf.div(tf.sub(fPsi!, fPhi!), w));
    const dmd = lossAndGrads(() => {
      const loss = tf.div(tf.mean(tf.squaredDifference(images.variable, target)), 2) as tf.Scalar;
      return { loss, aux: {} };
    }, [images]);
    const scaled = tf.mul(tf.mul(dmd.grads[0]!, w), 3 * PIXELS).dataSync();
    grads[0]!.forEach((grad, i) => expect(scaled[i]).toBeCloseTo(grad, 4));
  });
});

describe('score distillation sampling', () => {
  const [MEAN, STD] = [0.4, 0.5];
  const teacher = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });

  /** The gradients with respect to an image, one for each draw of noise, by two losses. */
  function gradients(image: number[], sigma: number, draws: number) {
    const noise = new Rng(8).normal(draws * PIXELS);
    const shape: [number, number, number, number] = [draws, 2, 2, 1];
    const x = new Parameter(tf.tensor(Array.from({ length: draws }, () => image).flat(), shape));
    const levels = tf.fill([draws], sigma) as tf.Tensor1D;
    const weight: IntegralWeight = (s) => tf.mul(s, 2);
    const images = x.variable as tf.Tensor as tf.Tensor4D;
    const gradient = (loss: (xt: tf.Tensor4D, fPhi: tf.Tensor4D) => tf.Tensor) =>
      lossAndGrads(() => {
        const xt = tf.add(images, tf.mul(tf.tensor(noise, shape), sigma)) as tf.Tensor4D;
        return { loss: tf.sum<tf.Scalar>(loss(xt, teacher().denoise(xt, levels))), aux: {} };
      }, [x]).grads[0]!.dataSync();
    const sds = gradient((_, fPhi) => scoreDistillationLoss({ images, fPhi, sigma: levels, weight }).loss);
    // The denoiser of a single image, whatever the noise: that image.
    const single = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: image[0]!, std: 1e-6 });
    const ikl = gradient(
      (xt, fPhi) => integralKlLoss({ xg: images, fPhi, fPsi: single.denoise(xt, levels), sigma: levels, weight }).loss,
    );
    return { noise, sds, ikl };
  }

  it('has the gradient w / sigma (noise_phi - noise) of DreamFusion', () => {
    const sigma = 0.7;
    const image = [0.9, -0.2, 0, 0.4];
    const { noise, sds } = gradients(image, sigma, 5);
    sds.forEach((grad, i) => {
      const xt = image[i % PIXELS]! + sigma * noise[i]!;
      const shrink = STD ** 2 / (STD ** 2 + sigma ** 2);
      const predicted = (xt - (MEAN + shrink * (xt - MEAN))) / sigma;
      expect(Math.abs(grad - ((2 * sigma) / sigma) * (predicted - noise[i]!))).toBeLessThan(1e-5);
    });
  });

  it('is the integral KL of a generator that makes one image only (Lemma 3.4)', () => {
    const { sds, ikl } = gradients([0.3, 0.3, 0.3, 0.3], 0.7, 5);
    sds.forEach((grad, i) => expect(Math.abs(grad - ikl[i]!)).toBeLessThan(1e-5));
  });

  it('finds the mode of the teacher, not its distribution', () => {
    const image = new Parameter(tf.tensor([2, -1, 0, 1], [1, 2, 2, 1]));
    const rng = new Rng(2);
    for (let i = 0; i < 300; i++) {
      tf.tidy(() => {
        const sigma = tf.tensor1d([0.5 + rng.uniform(1)[0]!]);
        const { grads } = lossAndGrads(() => {
          const images = image.variable as tf.Tensor as tf.Tensor4D;
          const xt = tf.add(images, tf.mul(sigma, tf.tensor(rng.normal(PIXELS), [1, 2, 2, 1]))) as tf.Tensor4D;
          const { loss } = scoreDistillationLoss({ images, fPhi: teacher().denoise(xt, sigma), sigma });
          return { loss: tf.sum<tf.Scalar>(loss), aux: {} };
        }, [image]);
        image.variable.assign(tf.sub(image.variable, tf.mul(grads[0]!, 0.1 / (1 + i / 20))));
      });
    }
    image.variable.dataSync().forEach((pixel) => expect(Math.abs(pixel - MEAN)).toBeLessThan(0.1));
  });
});
