import * as tf from '@tensorflow/tfjs-core';
import { edmDenoisingLoss, logNormalSigmas } from '@onestep/diffusion-core';
import type { StateDict } from '@onestep/checkpoint';
import type { PreconditionedNetwork } from '@onestep/edm';
import { Adam, toFileLayout } from '@onestep/nn';
import { MaskRng } from '@onestep/random';
import type { PhaseDraws, ScoreDistillation, ScoreOptions } from '@onestep/score-distillation';
import { TOLERANCES, tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { hostImages, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';

const ITERATIONS = 2;
const DRAWS_PER_ITERATION = 6;

/** Inputs of a generator's loss. All images are [N, H, W, C]. */
export interface LossInputs {
  /** Images of the student. */
  xg: tf.Tensor4D;
  /** The teacher's denoised images. */
  fPhi: tf.Tensor4D;
  /** The fake score network's denoised images. */
  fPsi: tf.Tensor4D;
  /** Noise levels, [N] */
  sigma: tf.Tensor1D;
}

/** The differences between the methods with a fake score network. */
export interface TrainedMethod<O extends ScoreOptions> {
  /** Creates the distillation of a teacher. */
  create(teacher: PreconditionedNetwork): ScoreDistillation<O>;
  /** Converts the random numbers in the file to the noise levels of the generator's phase. */
  generatorSigmas(draw: Float32Array): Float32Array;
  /** Computes the generator's loss in the shape of the file's. */
  generatorLoss(inputs: LossInputs): tf.Tensor;
}

/**
 * Reads the settings that every such file states.
 *
 * @throws naming the metadata entry that is missing or not a number
 */
export function trainingSettings({ metadata }: FixtureFile) {
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (!Number.isFinite(value))
      throw new Error(`The metadata entry ${name} must be a number, not ${String(metadata[name])}.`);
    return value;
  };
  if (number('label_dim') !== 0) throw new Error('Only training without labels can be checked.');
  const options = { initSigma: number('init_sigma'), batch: number('batch') };
  return { number, options: { ...options, lr: number('lr_score'), glr: number('lr_generator') } };
}

/** Compares two iterations: losses, generated images, the first gradients, and the change of the weights. */
export async function compareTraining<O extends ScoreOptions>(
  file: FixtureFile,
  { create, generatorSigmas, generatorLoss }: TrainedMethod<O>,
): Promise<Comparison[]> {
  const { tensors, metadata } = file;
  const { lr, glr } = trainingSettings(file).options;
  const [beta1] = JSON.parse(metadata.betas ?? '[0]') as [number];
  const weights = withPrefix(tensors, 'teacher.');
  const teacher = await fixtureNetwork(metadata, weights, { dropout: 0 });
  const method = create(teacher);
  const { student, fakeScore, uploads } = method;
  const progress = { imagesSeen: 0, iteration: 0 };
  const adams = [fakeScore, student].map(({ module }) => new Adam(module.namedParameters(), { beta1 }));
  const comparisons: Comparison[] = [];

  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const draws = readDraws(file, iteration, generatorSigmas);
    const compare = async (name: string, values: tf.Tensor) => {
      const actual = values.rank === 4 ? await toFileOrder(values as tf.Tensor4D) : await values.data();
      const expected = tensorOf(file, `iter${iteration}.${name}`).data as Float32Array;
      // From the second iteration on the weights differ within their own tolerance.
      const tolerance = iteration === 0 ? TOLERANCES.loss : TOLERANCES.trainedWeights;
      const quantity = `${name.replace('_', ' ')}, step ${iteration + 1}`;
      comparisons.push({ quantity, error: relativeError(actual as Float32Array, expected), tolerance });
    };

    const [score] = uploads.upload('fakeScore', draws.score, progress);
    const images = student.generate(score!.z!);
    await compare('score_loss', edmDenoisingLoss({ ...score!, denoiser: fakeScore, images }));
    adams[0]!.step(method.gradients('fakeScore', [score!]).grads, lr);

    const [generator] = uploads.upload('generator', draws.generator, progress);
    const { z, sigma, noise } = generator!;
    const xg = student.generate(z!);
    const xt = tf.add(xg, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), noise)) as tf.Tensor4D;
    const [fPhi, fPsi] = [teacher.denoise(xt, sigma), fakeScore.denoise(xt, sigma)];
    await compare('generator_image', xg);
    await compare('generator_loss', generatorLoss({ xg, fPhi, fPsi, sigma }));
    const { grads } = method.gradients('generator', [generator!]);
    if (iteration === 0) comparisons.push(...(await compareGradients(file, method, grads)));
    adams[1]!.step(grads, glr);
  }

  for (const [part, { module }] of [
    ['score', fakeScore],
    ['generator', student],
  ] as const) {
    const expected = withPrefix(tensors, `after.${part}.`);
    const actual = await module.stateDict();
    for (const name of Object.keys(expected)) {
      const error = changeError(name, actual, expected, weights);
      const quantity = `change of ${part} ${name}`;
      comparisons.push({ quantity, error, tolerance: TOLERANCES.trainedWeights, group: `weight changes, ${part}` });
    }
  }
  return comparisons;
}

async function compareGradients<O extends ScoreOptions>(
  file: FixtureFile,
  { student }: ScoreDistillation<O>,
  grads: tf.Tensor[],
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const [i, [name, { layout }]] of [...student.module.namedParameters()].entries()) {
    const actual = toFileLayout((await grads[i]!.data()) as Float32Array, grads[i]!.shape, layout);
    const error = relativeError(actual, tensorOf(file, `iter0.generator_grad.${name}`).data as Float32Array);
    const quantity = `generator gradient of ${name}`;
    comparisons.push({ quantity, error, tolerance: TOLERANCES.gradient, group: 'generator gradients' });
  }
  return comparisons;
}

/** Reads the six draws of an iteration: z, sigma and noise of each phase. */
function readDraws(
  file: FixtureFile,
  iteration: number,
  generatorSigmas: (draw: Float32Array) => Float32Array,
): { score: PhaseDraws; generator: PhaseDraws } {
  const random = (i: number) => tensorOf(file, `random.${iteration * DRAWS_PER_ITERATION + i}`);
  const phase = (first: number, sigmas: (draw: Float32Array) => Float32Array): PhaseDraws => ({
    z: hostImages(random(first)),
    sigma: sigmas(random(first + 1).data as Float32Array),
    noise: hostImages(random(first + 2)),
    classes: new Int32Array(0),
    masks: new MaskRng([0, 0]),
    further: {},
  });
  return { score: phase(0, (draw) => logNormalSigmas(draw)), generator: phase(3, generatorSigmas) };
}

/** ||a - b|| relative to the norm of the change by training, excluding the key entries of qkv biases. */
function changeError(name: string, actual: StateDict, expected: StateDict, start: StateDict): number {
  // The gradient of a key bias is zero in exact arithmetic, and Adam turns its rounding noise into full steps.
  const isCompared = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
  const values = (dict: StateDict) => {
    if (dict[name] === undefined) throw new Error(`The weight ${name} is missing.`);
    return (dict[name].data as Float32Array).filter((_, i) => isCompared(i));
  };
  const origin = values(start);
  const change = (dict: StateDict) => values(dict).map((value, i) => value - origin[i]!);
  return relativeError(change(actual), change(expected));
}
