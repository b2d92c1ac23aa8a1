import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { takePart, type TaskState } from '@onestep/diffusion-core';
import { Discriminator, distributionMatchingLoss, NOISE_TABLE, type Dmd2Options } from '@onestep/dmd2';
import { toFileLayout, type Parameter } from '@onestep/nn';
import type { PreconditionedNetwork } from '@onestep/edm';
import type { Networks, PhaseName, ScoreDistillation, ScoreOptions } from '@onestep/score-distillation';
import { tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';
import { FixtureImages, readIterations, type FixtureIteration, type Form } from './distribution-matching-draws.js';

/** Allowed relative errors, from the README of the fixtures. */
const TOLERANCES = {
  output: 2e-5,
  weight: 3e-5,
  loss: 3e-5,
  norm: 1e-4,
  gradient: 1e-4,
  gradientTensor: 1e-3,
  change: 2e-4,
  changeTensor: 1e-3,
  table: 1e-6,
};
type Tolerance = keyof typeof TOLERANCES;

/** A distillation of a file, with what its comparison needs to know. */
export interface DistributionMatching<O extends ScoreOptions> {
  form: Form;
  /** The options of DMD2 that the run has. */
  options: Dmd2Options;
  create(teacher: PreconditionedNetwork, data: FixtureImages): ScoreDistillation<O>;
  /** The published losses of an iteration, from its statistics. */
  losses(stats: Readonly<Record<string, number>>): Record<string, number | undefined>;
  /** Further quantities of a generator's iteration, before it is computed. */
  weights?(judged: { logits: tf.Tensor2D; sigma: tf.Tensor1D }, state: TaskState): Record<string, tf.Tensor>;
  /** Further quantities after an iteration of the generator. */
  after?(state: TaskState): Record<string, ArrayLike<number>>;
}

/** Runs the iterations of a file, each as a whole, and compares what it has of them. */
export async function compareDistributionMatching<O extends ScoreOptions>(
  file: FixtureFile,
  run: DistributionMatching<O>,
): Promise<Comparison[]> {
  const start = withPrefix(file.tensors, 'teacher.');
  const teacher = await fixtureNetwork(file.metadata, start, { dropout: 0 });
  const data = new FixtureImages();
  const method = run.create(teacher, data);
  const head = headWeights(withPrefix(file.tensors, 'head.'), run.form);
  await loadHead(method, head);
  const comparisons = new Comparisons(file);
  comparisons.add('noise levels', NOISE_TABLE, tensorOf(file, 'sigma_table').data as Float32Array, 'table');
  for (const iteration of readIterations(file, run.form)) {
    data.batch = iteration.real;
    await new IterationComparison(run, method, teacher, iteration, comparisons).compare();
  }
  const { tensors } = await method.state();
  const trained: [string, string, StateDict][] = [
    ['score', 'fake_score', start],
    ['generator', 'G', start],
    ['generator_ema', 'G_ema', start],
    ['head', 'modules.head', head],
  ];
  for (const [name, part, origin] of trained) {
    const raw = withPrefix(file.tensors, `after.${name}.`);
    const expected = name === 'head' ? headWeights(raw, run.form) : raw;
    if (Object.keys(expected).length === 0) continue;
    const actual = part.split('.').reduce(takePart, tensors);
    comparisons.addChanges(name, actual, expected, origin);
  }
  return comparisons.list;
}

/** Everything of one iteration. */
class IterationComparison<O extends ScoreOptions> {
  private readonly run: DistributionMatching<O>;
  private readonly method: ScoreDistillation<O>;
  private readonly teacher: PreconditionedNetwork;
  private readonly iteration: FixtureIteration;
  private readonly comparisons: Comparisons;

  constructor(
    run: DistributionMatching<O>,
    method: ScoreDistillation<O>,
    teacher: PreconditionedNetwork,
    iteration: FixtureIteration,
    comparisons: Comparisons,
  ) {
    this.run = run;
    this.method = method;
    this.teacher = teacher;
    this.iteration = iteration;
    this.comparisons = comparisons;
  }

  async compare(): Promise<void> {
    const { method, run, iteration } = this;
    const imagesSeen = iteration.index * method.batchSize;
    const learnsFake = run.form === 'official' || !iteration.isGenerators;
    const state = await method.state();
    // All of it from before the updates: the fake score network learns the images from before the student's.
    if (iteration.isGenerators) await this.compareGenerator(state);
    if (learnsFake) await this.compareFakeScore(state);
    const stats = await method.stepWith(imagesSeen, iteration.draws);
    for (const [name, value] of Object.entries(run.losses(stats))) {
      if (value !== undefined) this.check(name, [value], 'loss');
    }
    if (!iteration.isGenerators) return;
    for (const [name, values] of Object.entries(run.after?.(await method.state()) ?? {})) {
      this.check(name, values, 'weight');
    }
  }

  private async compareGenerator(state: TaskState): Promise<void> {
    const { method, teacher, run } = this;
    const { gan, maps, epsilon, shareNoise } = run.options;
    const uploaded = this.upload('generator');
    const { z, sigma, noise, labels, draws } = uploaded;
    const xg = method.student.generate(z!, labels);
    await this.checkImages('generator_image', xg);
    const noisy = addNoise(xg, sigma, noise);
    const fPhi = teacher.denoise(noisy, sigma, { labels });
    const fPsi = method.fakeScore.denoise(noisy, sigma, { labels });
    await this.checkImages('teacher_x0', fPhi);
    await this.checkImages('fake_x0', fPsi);
    const { weight } = distributionMatchingLoss({ xg, fPhi, fPsi, epsilon });
    await this.checkImages('dm_grad', tf.mul(tf.sub(fPsi, fPhi), tf.reshape(weight, [-1, 1, 1, 1])), 'weight');
    if (gan > 0) {
      const [x, level] = shareNoise
        ? [noisy, sigma]
        : [addNoise(xg, draws.ganSigma as tf.Tensor1D, draws.ganNoise as tf.Tensor4D), draws.ganSigma as tf.Tensor1D];
      const logits = this.judge(x, level, labels, state);
      await this.checkTensor('logits_generator', logits, 'output');
      for (const [name, values] of Object.entries(run.weights?.({ logits, sigma }, state) ?? {})) {
        await this.checkTensor(name, values, 'weight');
      }
      if (maps !== logits.shape[1]) throw new Error(`There are ${logits.shape[1]} logits for ${maps} maps.`);
    }
    const { grads } = method.gradients('generator', [uploaded]);
    const scale = await this.checkNorm('generator_grad_norm', grads);
    this.check('generator_grad_scale', [scale], 'norm');
    await this.checkGradients('generator_grad', grads, method.student.module.namedParameters(), scale);
  }

  private async compareFakeScore(state: TaskState): Promise<void> {
    const { method, run } = this;
    const uploaded = this.upload('fakeScore');
    const { z, sigma, noise, labels, draws, real } = uploaded;
    const images = method.student.generate(z!, labels);
    await this.checkImages('generator_image', images);
    const levels = (name: string) => draws[`${name}Sigma`] as tf.Tensor1D;
    const noisy = (of: tf.Tensor4D, name: string) => addNoise(of, levels(name), draws[`${name}Noise`] as tf.Tensor4D);
    const fakes = run.options.shareNoise
      ? this.judge(addNoise(images, sigma, noise), sigma, labels, state)
      : this.judge(noisy(images, 'fake'), levels('fake'), labels, state);
    const reals = this.judge(noisy(real!.images, 'real'), levels('real'), real!.labels, state);
    await this.checkTensor('logits_fake', fakes, 'output');
    await this.checkTensor('logits_real', reals, 'output');
    await this.checkTensor('probability_fake', tf.sigmoid(fakes), 'output');
    await this.checkTensor('probability_real', tf.sigmoid(reals), 'output');
    const { grads } = method.gradients('fakeScore', [uploaded]);
    const network = method.fakeScore.module.parameters().length;
    if (run.options.clipFake) {
      // The norm of the fake score network and the discriminator together.
      await this.checkNorm('score_grad_norm', grads);
      return;
    }
    await this.checkNorm('score_grad_norm', grads.slice(0, network));
    await this.checkNorm('head_grad_norm', grads.slice(network));
    const heads = this.heads(state).namedParameters();
    await this.checkGradients('head_grad', grads.slice(network), heads, 1);
  }

  private upload(name: PhaseName) {
    const { method, iteration, run } = this;
    const progress = { imagesSeen: 0, iteration: iteration.index };
    const real = { batch: iteration.real };
    const from = run.form === 'official' ? 'generator' : name;
    const source = { name: from, draws: iteration.draws[from], real } as const;
    return method.uploads.upload(name, iteration.draws[name], progress, { real, source })[0]!;
  }

  private heads(state: TaskState) {
    const { teacher, method, run } = this;
    const heads = new Discriminator(run.options).createHeads({ teacher, fakeScore: method.fakeScore }, null);
    heads.loadStateDict(['modules', 'head'].reduce(takePart, state.tensors));
    return heads;
  }

  private judge(x: tf.Tensor4D, sigma: tf.Tensor1D, labels: tf.Tensor2D | undefined, state: TaskState): tf.Tensor2D {
    const { teacher, method, run } = this;
    const networks: Networks = {
      teacher,
      fakeScore: method.fakeScore,
      student: method.student,
      modules: { head: this.heads(state) },
    };
    return new Discriminator(run.options).judge({ x, sigma }, networks, { labels });
  }

  private async checkGradients(
    name: string,
    grads: readonly tf.Tensor[],
    parameters: ReadonlyMap<string, Parameter>,
    scale: number,
  ): Promise<void> {
    const { comparisons, iteration, run } = this;
    const key = `iter${iteration.index}.${name}.`;
    const raw = withPrefix(comparisons.file.tensors, key);
    if (Object.keys(raw).length === 0) return;
    const expected = name === 'head_grad' ? headWeights(raw, run.form) : raw;
    const actual: StateDict = {};
    for (const [i, [parameter, { layout }]] of [...parameters].entries()) {
      const data = toFileLayout((await grads[i]!.data()) as Float32Array, grads[i]!.shape, layout);
      actual[parameter] = { shape: [data.length], data: data.map((value) => value * scale) };
    }
    comparisons.addGradients(`${name}, step ${iteration.index + 1}`, actual, expected);
  }

  /** Checks the norm of gradients, and what clipping makes of it. @returns the factor of clipping */
  private async checkNorm(name: string, grads: readonly tf.Tensor[]): Promise<number> {
    const squares = await Promise.all(grads.map(async (grad) => tf.sum(tf.square(grad)).data()));
    const norm = Math.sqrt(squares.reduce((sum, [square]) => sum + square!, 0));
    const scale = Math.min(1, (this.run.options.clipGradNorm ?? Infinity) / (norm + 1e-6));
    this.check(name, [norm], 'norm');
    this.check(`${name}_clipped`, [norm * scale], 'norm');
    return scale;
  }

  private async checkImages(name: string, images: tf.Tensor, tolerance: Tolerance = 'output'): Promise<void> {
    this.check(name, await toFileOrder(images as tf.Tensor4D), tolerance);
  }

  private async checkTensor(name: string, values: tf.Tensor, tolerance: Tolerance): Promise<void> {
    this.check(name, (await values.data()) as Float32Array, tolerance);
  }

  /** Compares a quantity, if the file has it. */
  private check(name: string, actual: ArrayLike<number>, tolerance: Tolerance): void {
    const { index } = this.iteration;
    const expected = this.comparisons.file.tensors[`iter${index}.${name}`];
    if (expected === undefined) return;
    const quantity = `${name.replaceAll('_', ' ')}, step ${index + 1}`;
    this.comparisons.add(quantity, actual, expected.data as Float32Array, tolerance);
  }
}

/** Collects comparisons. */
class Comparisons {
  readonly file: FixtureFile;
  readonly list: Comparison[] = [];

  constructor(file: FixtureFile) {
    this.file = file;
  }

  add(quantity: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: Tolerance): void {
    this.list.push({ quantity, error: relativeError(actual, expected), tolerance: TOLERANCES[tolerance] });
  }

  /** Compares gradients of a network: each, and all of them as one. */
  addGradients(what: string, actual: StateDict, expected: StateDict): void {
    this.addTensors(what, actual, expected, 'gradient', 'gradientTensor');
  }

  /** Compares how far weights went from where they started: each tensor's, and all of them as one. */
  addChanges(what: string, actual: StateDict, expected: StateDict, start: StateDict): void {
    const change = (dict: StateDict): StateDict =>
      Object.fromEntries(
        Object.keys(expected).map((name) => {
          const origin = values(start, name);
          const data = values(dict, name).map((value, i) => value - origin[i]!);
          return [name, { shape: [data.length], data }];
        }),
      );
    this.addTensors(`change of ${what}`, change(actual), change(expected), 'change', 'changeTensor');
  }

  private addTensors(what: string, actual: StateDict, expected: StateDict, whole: Tolerance, each: Tolerance): void {
    const names = Object.keys(expected);
    const all = (dict: StateDict) => names.flatMap((name) => [...compared(name, values(dict, name))]);
    this.add(`${what}, all`, all(actual), all(expected), whole);
    for (const name of names) {
      this.list.push({
        quantity: `${what}: ${name}`,
        error: relativeError(compared(name, values(actual, name)), compared(name, values(expected, name))),
        tolerance: TOLERANCES[each],
        group: `${what}, each tensor`,
      });
    }
  }
}

function values(dict: StateDict, name: string): Float32Array {
  if (dict[name] === undefined) throw new Error(`The tensor ${name} is missing.`);
  return dict[name].data as Float32Array;
}

/** Leaves out key biases: their gradient is zero in exact arithmetic, and Adam turns rounding noise into full steps. */
function compared(name: string, data: Float32Array): Float32Array {
  return name.endsWith('qkv.bias') ? data.filter((_, i) => i % 3 !== 1) : data;
}

/** Weights of the heads under their names here; the official code has one head, without a number. */
function headWeights(weights: StateDict, form: Form): StateDict {
  if (form === 'fastgen') return weights;
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`discriminator_heads.0.${name}`, tensor]));
}

async function loadHead<O extends ScoreOptions>(method: ScoreDistillation<O>, head: StateDict): Promise<void> {
  const { tensors, values } = await method.state();
  const own = Object.fromEntries(Object.entries(head).map(([name, tensor]) => [`modules.head.${name}`, tensor]));
  const missing = Object.keys(own).filter((name) => !(name in tensors));
  if (missing.length > 0) throw new Error(`The heads have no ${missing[0]!}.`);
  await method.restore({ tensors: { ...tensors, ...own }, values });
}

function addNoise(images: tf.Tensor4D, sigma: tf.Tensor1D, noise: tf.Tensor4D): tf.Tensor4D {
  return tf.add(images, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), noise));
}
