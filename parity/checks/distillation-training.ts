import * as tf from '@tensorflow/tfjs-core';
import { edmDenoisingLoss } from '@onestep/diffusion-core';
import type { StateDict } from '@onestep/checkpoint';
import type { PreconditionedNetwork } from '@onestep/edm';
import { Adam, toFileLayout } from '@onestep/nn';
import type { ScoreDistillation, ScoreOptions } from '@onestep/score-distillation';
import { TOLERANCES, tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { readClasses, readDraws, trainingPlan } from './training-draws.js';

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
  /** Whether both phases of an iteration have the same labels, so that a file may list them once. */
  sharesLabels?: boolean;
}

/**
 * Reads the settings that every such file states.
 *
 * @throws naming the metadata entry that is missing or not a number
 */
export function trainingSettings(file: FixtureFile) {
  const { metadata } = file;
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (!Number.isFinite(value))
      throw new Error(`The metadata entry ${name} must be a number, not ${String(metadata[name])}.`);
    return value;
  };
  const { microBatches, size } = trainingPlan(file);
  const options = { initSigma: number('init_sigma'), batch: microBatches * size };
  return { number, options: { ...options, lr: number('lr_score'), glr: number('lr_generator') } };
}

/** Compares all iterations: losses, generated images, the first gradients, and the change of the weights. */
export async function compareTraining<O extends ScoreOptions>(
  file: FixtureFile,
  { create, generatorSigmas, generatorLoss, sharesLabels = false }: TrainedMethod<O>,
): Promise<Comparison[]> {
  const { tensors, metadata } = file;
  const { lr, glr } = trainingSettings(file).options;
  const [beta1] = JSON.parse(metadata.betas ?? '[0]') as [number];
  const weights = withPrefix(tensors, 'teacher.');
  const teacher = await fixtureNetwork(metadata, weights, { dropout: 0 });
  const method = create(teacher);
  const { student, fakeScore, uploads } = method;
  const plan = trainingPlan(file);
  const classes = readClasses(file, plan, { labelDim: teacher.labelDim, sharesLabels });
  const progress = { imagesSeen: 0, iteration: 0 };
  const adams = [fakeScore, student].map(({ module }) => new Adam(module.namedParameters(), { beta1 }));
  const comparisons: Comparison[] = [];

  for (let iteration = 0; iteration < plan.iterations; iteration++) {
    const draws = readDraws(file, plan, iteration, { generatorSigmas, classes });
    const compare = async (name: string, values: tf.Tensor) => {
      const actual = values.rank === 4 ? await toFileOrder(values as tf.Tensor4D) : await values.data();
      const expected = tensorOf(file, `iter${iteration}.${name}`).data as Float32Array;
      // From the second iteration on the weights differ within their own tolerance.
      const tolerance = iteration === 0 ? TOLERANCES.loss : TOLERANCES.trainedWeights;
      const quantity = `${name.replace('_', ' ')}, step ${iteration + 1}`;
      comparisons.push({ quantity, error: relativeError(actual as Float32Array, expected), tolerance });
    };

    const [score] = uploads.upload('fakeScore', draws.score, progress);
    const images = student.generate(score!.z!, score!.labels);
    const conditions = { labels: score!.labels };
    await compare('score_loss', edmDenoisingLoss({ ...score!, denoiser: fakeScore, images, conditions }));
    adams[0]!.step(method.gradients('fakeScore', [score!]).grads, lr);

    const [generator] = uploads.upload('generator', draws.generator, progress);
    const { z, sigma, noise, labels } = generator!;
    const xg = student.generate(z!, labels);
    const xt = tf.add(xg, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), noise)) as tf.Tensor4D;
    const [fPhi, fPsi] = [teacher.denoise(xt, sigma, { labels }), fakeScore.denoise(xt, sigma, { labels })];
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
