import * as tf from '@tensorflow/tfjs-core';
import { DenoiserGenerator, edmDenoisingLoss, logNormalSigmas } from '@onestep/diffusion-core';
import { Adam, MaskRng, toFileLayout } from '@onestep/nn';
import { sidGeneratorLoss, sidSigmas, SidDistillation, type PhaseDraws } from '@onestep/sid';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { hostImages, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { changeError } from '../training-change.js';

const ITERATIONS = 2;
const DRAWS_PER_ITERATION = 6;

/** Two iterations of SiD: losses, generated images, the first gradient, and the weights afterwards. */
export const sidTraining: Check = {
  name: 'sid',
  recognizes: ({ tensors, metadata }) =>
    'iter0.generator_loss' in tensors && ['alpha', 'tmax', 'init_sigma'].every((name) => name in metadata),
  compare: compareSid,
};

async function compareSid(file: FixtureFile): Promise<Comparison[]> {
  const { tensors } = file;
  const settings = settingsOf(file);
  const { alpha, tmax, initSigma, batch, beta1, lr, glr } = settings;
  const weights = withPrefix(tensors, 'teacher.');
  const teacher = await fixtureNetwork(file.metadata, weights, { dropout: 0 });
  const { ls, lsg } = settings;
  const sid = new SidDistillation({ teacher, options: { alpha, tmax, initSigma, batch, ls, lsg, lr, glr } });
  const generator = new DenoiserGenerator(sid.student, initSigma);
  const adams = [sid.fakeScore, sid.student].map(({ module }) => new Adam(module.namedParameters(), { beta1 }));
  const comparisons: Comparison[] = [];

  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const draws = drawsOf(file, iteration, tmax);
    const compare = async (name: string, images: tf.Tensor4D) => {
      const error = relativeError(
        await toFileOrder(images),
        tensorOf(file, `iter${iteration}.${name}`).data as Float32Array,
      );
      // From the second iteration on the weights differ by what their own tolerance allows.
      const tolerance = iteration === 0 ? TOLERANCES.loss : TOLERANCES.trainedWeights;
      comparisons.push({ quantity: `${name.replace('_', ' ')}, step ${iteration + 1}`, error, tolerance });
    };

    const { z, sigma, noise } = device(draws.score, file);
    const images = generator.generate(z);
    await compare('score_loss', edmDenoisingLoss({ denoiser: sid.fakeScore, images, sigma, noise }));
    const score = sid.fakeScoreGradients(sid.rounds('fakeScore', draws.score));
    adams[0]!.step(score.grads, lr);

    const g = device(draws.generator, file);
    const xg = generator.generate(g.z);
    const xt = tf.add(xg, tf.mul(tf.reshape(g.sigma, [-1, 1, 1, 1]), g.noise)) as tf.Tensor4D;
    const [fPhi, fPsi] = [teacher.denoise(xt, g.sigma), sid.fakeScore.denoise(xt, g.sigma)];
    await compare('generator_image', xg);
    await compare('generator_loss', sidGeneratorLoss({ xg, fPhi, fPsi, alpha }).loss);
    const { grads } = sid.generatorGradients(sid.rounds('generator', draws.generator));
    if (iteration === 0) comparisons.push(...(await compareGradients(file, sid, grads)));
    adams[1]!.step(grads, glr);
  }

  for (const [part, network] of [
    ['score', sid.fakeScore],
    ['generator', sid.student],
  ] as const) {
    const expected = withPrefix(tensors, `after.${part}.`);
    const actual = await network.module.stateDict();
    for (const name of Object.keys(expected)) {
      const error = changeError(name, actual, expected, weights);
      const quantity = `change of ${part} ${name}`;
      comparisons.push({ quantity, error, tolerance: TOLERANCES.trainedWeights, group: `weight changes, ${part}` });
    }
  }
  return comparisons;
}

async function compareGradients(file: FixtureFile, sid: SidDistillation, grads: tf.Tensor[]): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [i, [name, { layout }]] of [...sid.student.module.namedParameters()].entries()) {
    const actual = toFileLayout((await grads[i]!.data()) as Float32Array, grads[i]!.shape, layout);
    const error = relativeError(actual, tensorOf(file, `iter0.generator_grad.${name}`).data as Float32Array);
    const quantity = `generator gradient of ${name}`;
    comparisons.push({ quantity, error, tolerance: TOLERANCES.gradient, group: 'generator gradients' });
  }
  return comparisons;
}

function settingsOf({ metadata }: FixtureFile) {
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (!Number.isFinite(value)) throw new Error(`The metadata ${name} is no number: ${String(metadata[name])}.`);
    return value;
  };
  if (number('label_dim') !== 0) throw new Error('Only training without labels is known here.');
  const [beta1] = JSON.parse(metadata.betas ?? '[0]') as [number];
  return {
    ...{ alpha: number('alpha'), tmax: number('tmax'), initSigma: number('init_sigma'), batch: number('batch') },
    ...{ ls: number('loss_scale_score'), lsg: number('loss_scale_generator') },
    ...{ lr: number('lr_score'), glr: number('lr_generator'), beta1 },
  };
}

/** The six draws of an iteration in the file's order: z, sigma and noise of each phase. */
function drawsOf(file: FixtureFile, iteration: number, tmax: number): { score: PhaseDraws; generator: PhaseDraws } {
  const random = (i: number) => tensorOf(file, `random.${iteration * DRAWS_PER_ITERATION + i}`);
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

function device({ z, sigma, noise }: PhaseDraws, file: FixtureFile) {
  const [n, c, h, w] = tensorOf(file, 'random.0').shape as [number, number, number, number];
  return { z: tf.tensor4d(z, [n, h, w, c]), sigma: tf.tensor1d(sigma), noise: tf.tensor4d(noise, [n, h, w, c]) };
}
