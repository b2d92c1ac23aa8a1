import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { DenoiserGenerator, edmDenoisingLoss, logNormalSigmas } from '@onestep/diffusion-core';
import { Adam, MaskRng, toFileLayout, type HostTensor, type StateDict } from '@onestep/nn';
import { readSafetensors } from '@onestep/nn/node';
import { sidGeneratorLoss, sidSigmas, SidDistillation, type PhaseDraws } from '@onestep/sid';
import { fixtureNetwork } from '../../../test-support/fixture-network.js';
import { startTestBackend } from '../../../test-support/backend.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  relativeError,
  toFileOrder,
  withPrefix,
} from '../../../test-support/fixtures.js';

const LOSS_TOLERANCE = 1e-5;
const GRADIENT_TOLERANCE = 1e-4;
const WEIGHT_TOLERANCE = 1e-3;

const report = (...values: unknown[]) => {
  if (process.env.ONESTEP_PRINT_ERRORS) console.log(...values);
};

/** An NCHW batch of a file as the host values of an NHWC batch. */
function hostImages(tensor: HostTensor): Float32Array {
  const images = imagesFrom(tensor);
  const data = images.dataSync();
  images.dispose();
  return Float32Array.from(data);
}

/** The six draws of an iteration in the file's order: z, sigma and noise of each phase. */
function drawsOf(tensors: StateDict, iteration: number, tmax: number): { score: PhaseDraws; generator: PhaseDraws } {
  const random = (i: number) => tensors[`random.${iteration * 6 + i}`]!;
  const phase = (first: number, sigma: Float32Array): PhaseDraws => ({
    z: hostImages(random(first)),
    sigma,
    noise: hostImages(random(first + 2)),
    classes: new Int32Array(0),
    masks: new MaskRng([0, 0]),
  });
  return {
    score: phase(0, logNormalSigmas(random(1).data as Float32Array)),
    generator: phase(3, sidSigmas(random(4).data as Float32Array, tmax)),
  };
}

const device = ({ z, sigma, noise }: PhaseDraws) => {
  const shape: [number, number, number, number] = [sigma.length, 16, 16, 3];
  return { z: tf.tensor4d(z, shape), sigma: tf.tensor1d(sigma), noise: tf.tensor4d(noise, shape) };
};

/** Relative errors of tensors in file layout, largest first. */
function errorsOf(actual: StateDict, expected: StateDict): [string, number][] {
  const errors = Object.entries(expected).map(([name, { data }]): [string, number] => [
    name,
    relativeError(actual[name]!.data as Float32Array, data as Float32Array),
  ]);
  return errors.sort((a, b) => b[1] - a[1]);
}

/** ||a - b|| over the norm of the change that training made, without the key entries of qkv biases. */
function changeError(name: string, actual: StateDict, expected: StateDict, start: StateDict): number {
  // The gradient of a key's bias is exactly zero in theory, and Adam turns its rounding noise into full steps.
  const counts = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
  const values = (dict: StateDict) => (dict[name]!.data as Float32Array).filter((_, i) => counts(i));
  const origin = values(start);
  const change = (dict: StateDict) => values(dict).map((value, i) => value - origin[i]!);
  return relativeError(change(actual), change(expected));
}

// Skipped where the folder of reference numbers is not there.
describe.skipIf(!hasFixtures)('SiD against the published implementation', () => {
  beforeAll(startTestBackend);

  test.each(['1.0', '1.2'])(
    'two iterations, alpha %s',
    async (alphaText) => {
      const { tensors, metadata } = await readSafetensors(
        `${FIXTURES}training/sid-alpha${alphaText}-2-iterations.safetensors`,
      );
      const number = (name: string) => Number(metadata[name]);
      const [alpha, tmax, initSigma, batch] = ['alpha', 'tmax', 'init_sigma', 'batch'].map(number) as [
        number,
        number,
        number,
        number,
      ];
      const [ls, lsg] = [number('loss_scale_score'), number('loss_scale_generator')];
      const [lr, glr] = [number('lr_score'), number('lr_generator')];
      const teacher = await fixtureNetwork(tensors, 'teacher.', { dropout: 0 });
      const options = { alpha, tmax, initSigma, batch, ls, lsg, lr, glr };
      const sid = new SidDistillation({ teacher, options });
      const generator = new DenoiserGenerator(sid.student, initSigma);
      const adams = [sid.fakeScore, sid.student].map(({ module }) => new Adam(module.namedParameters(), { beta1: 0 }));

      for (const iteration of [0, 1]) {
        const draws = drawsOf(tensors, iteration, tmax);
        const compare = async (name: string, images: tf.Tensor4D) => {
          const error = relativeError(
            await toFileOrder(images),
            tensors[`iter${iteration}.${name}`]!.data as Float32Array,
          );
          report(alpha, iteration, name, error);
          // From the second iteration on the weights differ by what their own tolerance allows.
          expect(error, name).toBeLessThan(iteration === 0 ? LOSS_TOLERANCE : WEIGHT_TOLERANCE);
        };

        const { z, sigma, noise } = device(draws.score);
        const images = generator.generate(z);
        await compare('score_loss', edmDenoisingLoss({ denoiser: sid.fakeScore, images, sigma, noise }));
        const score = sid.fakeScoreGradients(sid.rounds('fakeScore', draws.score));
        adams[0]!.step(score.grads, lr);

        const g = device(draws.generator);
        const xg = generator.generate(g.z);
        const xt = tf.add(xg, tf.mul(tf.reshape(g.sigma, [-1, 1, 1, 1]), g.noise)) as tf.Tensor4D;
        const [fPhi, fPsi] = [teacher.denoise(xt, g.sigma), sid.fakeScore.denoise(xt, g.sigma)];
        await compare('generator_image', xg);
        await compare('generator_loss', sidGeneratorLoss({ xg, fPhi, fPsi, alpha }).loss);
        const { grads } = sid.generatorGradients(sid.rounds('generator', draws.generator));
        if (iteration === 0) {
          const actual: StateDict = {};
          for (const [i, [name, { layout, fileShape }]] of [...sid.student.module.namedParameters()].entries()) {
            const data = toFileLayout((await grads[i]!.data()) as Float32Array, grads[i]!.shape, layout);
            actual[name] = { shape: fileShape, data };
          }
          const errors = errorsOf(actual, withPrefix(tensors, 'iter0.generator_grad.'));
          report(alpha, 'gradients', errors.slice(0, 4));
          expect(errors.filter(([, error]) => error > GRADIENT_TOLERANCE)).toEqual([]);
        }
        adams[1]!.step(grads, glr);
      }

      const start = withPrefix(tensors, 'teacher.');
      for (const [part, network] of [
        ['score', sid.fakeScore],
        ['generator', sid.student],
      ] as const) {
        const expected = withPrefix(tensors, `after.${part}.`);
        const actual = await network.module.stateDict();
        const errors = Object.keys(expected).map((name): [string, number] => [
          name,
          changeError(name, actual, expected, start),
        ]);
        errors.sort((a, b) => b[1] - a[1]);
        report(alpha, part, errors.slice(0, 4));
        expect(errors.filter(([, error]) => error > WEIGHT_TOLERANCE)).toEqual([]);
      }
    },
    600_000,
  );
});
