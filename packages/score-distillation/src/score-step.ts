import type * as tf from '@tensorflow/tfjs-core';
import type { Denoiser, DenoiserNetwork, TrainableGenerator } from '@onestep/diffusion-core';
import type { AdamOptions, Module } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import type { ScoreOptions } from './options.js';

/**
 * A distillation method with a fake score network: everything in which it differs from the others.
 * {@link ScoreDistillation} runs it. In each iteration the fake score network learns to denoise the student's
 * images, and the student learns from the difference between the fake score network and the teacher.
 *
 * Everything random is drawn on the host before an iteration, and both phases are drawn in every iteration,
 * whatever `turns` says. Losses see tensors only, so an engine can replay them.
 */
export interface ScoreStep<O extends ScoreOptions> {
  /** Name of the method, in training states, snapshots and as the name of the random streams. */
  name: string;
  fakeScore: Phase<O, FakeScoreInputs>;
  generator: Phase<O, GeneratorInputs>;
  /** Phases of an iteration, in order. Left out: the fake score network, then the generator, in every iteration. */
  turns?(progress: Progress, options: O): readonly PhaseName[];
  /**
   * Whose images the fake score network learns: its own from fresh latents and labels (left out), or those of the
   * generator's phase of the same iteration, as they were before its update, with the same labels from the prior.
   */
  fakeScoreImages?: 'own' | 'generator';
  /** Further modules, such as discriminator heads. Their buffers are the method's own state and are saved with it. */
  modules?(networks: Omit<Networks, 'modules'>, rng: Rng, options: O): Record<string, TrainedModule<O>>;
  /** Adam's epsilon where the fake score network multiplies in half precision. Left out, 1e-8 as in float32. */
  halfPrecisionEpsilon?: number;
  /** Settings that a snapshot records in addition to the name of the method. */
  record?(options: O): Record<string, unknown>;
}

/** The two phases of an iteration. */
export type PhaseName = 'fakeScore' | 'generator';

/** One phase: what it draws, its loss, and how the loss becomes an update. */
export interface Phase<O extends ScoreOptions, I> {
  /** Draws the noise levels of `n` images. */
  sigmas(rng: Rng, n: number, options: O): Float32Array;
  /**
   * Where labels come from: the label prior (left out), the other phase (`shared`, for the generator only), or
   * the rows of real images.
   */
  labels?: LabelSource | ((options: O) => LabelSource);
  /** Further random numbers by name, each from a stream of its own. */
  draws?: Readonly<Record<string, Draw<O>>>;
  /** Whether the phase sees a batch of real images. Left out, it does not. */
  real?: boolean | ((options: O) => boolean);
  /** Numbers that depend on the progress, such as the weight of a term that starts late. */
  schedule?(progress: Progress, options: O): Record<string, number>;
  /**
   * Numbers of each sample that the loss needs of the whole batch, such as those of a batch mean: constants, [N, ...] by name.
   * It is asked before the gradients, once for each micro-batch, and not at all where the micro-batch is the whole batch. It
   * sees the same dropout masks as the loss does.
   */
  coupling?(inputs: I, networks: Networks, options: O): Readonly<Record<string, tf.Tensor>>;
  /** Loss of a micro-batch. */
  loss(inputs: I, networks: Networks, options: O): PhaseLoss;
  /** Statistics under their published names, from the sums over the batch of every term and measure. */
  stats(sums: Readonly<Record<string, number>>, scale: { batch: number; pixels: number }, options: O): PhaseStats;
  /** Learning rate of a step. Left out: `lr` for the fake score network, `glr` for the student. */
  learningRate?(progress: Progress, options: O): number;
  /** Left out: beta1 0 for the fake score network, `gBeta1` for the student, beta2 0.999. */
  adam?(options: O): AdamOptions;
  /**
   * Changes the gradients of a batch: those of the phase's network, then of its further modules. Left out: they
   * are scaled down to `clipGradNorm`.
   */
  clip?(grads: tf.Tensor[], options: O): tf.Tensor[];
}

/** Where the labels of a phase's images come from. */
export type LabelSource = 'prior' | 'shared' | 'real';

/** Statistics of a step by name. NaN says that no sample was valid. */
export type PhaseStats = Record<string, number>;

/** Progress of a run before an iteration. */
export interface Progress {
  imagesSeen: number;
  /** Number of the iteration, from 0. */
  iteration: number;
}

/** Further random numbers of a phase. */
export interface Draw<O extends ScoreOptions> {
  /** Shape of one image's numbers; [] for a single number. */
  shape(generator: TrainableGenerator): readonly number[];
  /** @returns the numbers of `n` images, image by image */
  draw(rng: Rng, n: number, options: O, generator: TrainableGenerator): Float32Array;
}

/** A module that is trained in one of the phases, with an optimizer of its own. */
export interface TrainedModule<O extends ScoreOptions> {
  module: Module;
  phase: PhaseName;
  /** Left out: the phase's. */
  adam?: AdamOptions;
  /** Left out: the phase's. */
  learningRate?(progress: Progress, options: O): number;
}

/** The networks of a run. */
export interface Networks {
  /** f_phi; its weights never change. */
  teacher: Denoiser;
  /** f_psi */
  fakeScore: DenoiserNetwork;
  /** G */
  student: TrainableGenerator;
  /** By the names that {@link ScoreStep.modules} gives them. */
  modules: Readonly<Record<string, Module>>;
}

/** Tensors of a micro-batch of N images that both phases have. */
interface CommonInputs {
  /** Noise levels, [N]. */
  sigma: tf.Tensor1D;
  /** Standard normal, [N, H, W, C]. */
  noise: tf.Tensor4D;
  /** [N, labelDim]; undefined without labels. */
  labels: tf.Tensor2D | undefined;
  /** Real images, for a phase that sees them. */
  real: RealInputs | undefined;
  /** The further draws, [N, ...]. */
  draws: Readonly<Record<string, tf.Tensor>>;
  /** The numbers of `schedule`. */
  schedule: Readonly<Record<string, tf.Scalar>>;
  /** The numbers of `coupling` of the whole batch, [batch, ...]; undefined where this micro-batch is the whole batch. */
  whole: Readonly<Record<string, tf.Tensor>> | undefined;
  /** Position of the micro-batch in the batch. */
  rows: Rows;
}

/** The images of a micro-batch: `count` of the `batch`, from number `start` on. */
export interface Rows {
  start: number;
  count: number;
  batch: number;
}

/** Real images of a micro-batch. */
export interface RealInputs {
  /** In [-1, 1], [N, H, W, C]; augmented like the images that the fake score network learns. */
  images: tf.Tensor4D;
  /** [N, labelDim]; undefined without labels. */
  labels: tf.Tensor2D | undefined;
  /** [N, augmentDim]; undefined without augmentation. */
  augmentLabels: tf.Tensor2D | undefined;
}

/** Input of the fake score network's loss. */
export interface FakeScoreInputs extends CommonInputs {
  /** x_g, or its augmentation; constants, [N, H, W, C]. */
  images: tf.Tensor4D;
  /** [N, augmentDim]; undefined without augmentation. */
  augmentLabels: tf.Tensor2D | undefined;
  /** Source of the dropout masks of the networks that are trained. */
  rng: MaskRng;
}

/** Input of the student's loss. */
export interface GeneratorInputs extends CommonInputs {
  /** x_g, differentiable, [N, H, W, C]. */
  xg: tf.Tensor4D;
  /** x_t = x_g + sigma noise, differentiable, [N, H, W, C]. */
  xt: tf.Tensor4D;
  /** Two sources of the same dropout masks, one for each network that is compared. */
  masks: readonly [MaskRng, MaskRng];
}

/**
 * Loss of a micro-batch. A mean over the batch inside a loss takes the other micro-batches' numbers from `whole`, so that a
 * batch is the same however it is split.
 */
export interface PhaseLoss {
  /** The sum of all terms is minimized. */
  terms: Readonly<Record<string, Term>>;
  /** Numbers to report: sums over the micro-batch, constants. */
  measures?: { names: readonly string[]; sums: tf.Tensor1D };
  /**
   * New values of buffers of the method's further modules, by `module.buffer`: constants, and the same in every micro-batch.
   * They are assigned after the gradients of the batch.
   */
  buffers?: Readonly<Record<string, tf.Tensor>>;
}

/** A term of a loss: `scale` / batch times the sum of its values. */
export interface Term {
  /** Of any shape. */
  values: tf.Tensor;
  scale: number | tf.Scalar;
}
