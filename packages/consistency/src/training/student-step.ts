import type * as tf from '@tensorflow/tfjs-core';
import type {
  Denoiser,
  DenoiserNetwork,
  Distance,
  Guidance,
  StepStats,
  TrainableGenerator,
} from '@onestep/diffusion-core';
import type { AdamOptions, Module } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import type { StudentOptions } from './options.js';

/**
 * A method that trains one network, the student, on real images: everything in which it differs from the others.
 * {@link StudentTraining} runs it.
 *
 * Everything random is drawn on the host before an iteration, and every number that changes with the progress is a draw or
 * in `schedule`. Losses see tensors only, so an engine can replay them.
 *
 * @typeParam S what the method trains
 */
export interface StudentStep<O extends StudentOptions, S extends TrainableGenerator> {
  /** Name of the method, in training states, snapshots and as the name of the random streams. */
  name: string;
  /**
   * Makes the student.
   *
   * @param network a copy of the teacher, or the network of a generator to train further; the student takes it over
   */
  student(network: DenoiserNetwork, options: O): S;
  /** Makes the student of a generator to train further, where that is more than its network. */
  continued?(generator: TrainableGenerator, options: O): S;
  /** Names of further copies of the student, such as a target, which `afterUpdate` and `beginStage` change. */
  copies?(options: O): readonly string[];
  /** Further modules, which are trained with the student. */
  modules?(student: S, rng: Rng, options: O): Record<string, Module>;
  /** The random numbers of an image by name, each from a stream of its own. Unit noise is drawn anyway. */
  draws: Readonly<Record<string, Draw<O>>>;
  /** Numbers that depend on the progress, such as the decay of a target. */
  schedule?(progress: Progress, options: O): Record<string, number>;
  /** Sources of the same dropout masks, one for each evaluation of a network that is trained. Left out, 2. */
  passes?: number;
  /** Loss of a micro-batch. */
  loss(inputs: StudentInputs, networks: StudentNetworks<S>, options: O): StudentLoss;
  /** Changes copies after the student's update, as tensor operations. The schedule is that of the same iteration. */
  afterUpdate?(networks: StudentNetworks<S>, schedule: Readonly<Record<string, tf.Scalar>>, options: O): void;
  /** Number of the stage, from 0, where a training has stages that begin anew. */
  stage?(progress: Progress, options: O): number;
  /** Begins a stage after the first, such as by copying the student. The optimizer starts anew then. */
  beginStage?(networks: StudentNetworks<S>, options: O): void;
  /** Learning rate of a step. Left out, `lr` with the warm-up and the decay of the options. */
  learningRate?(progress: Progress, options: O): number;
  /** Left out: `beta1` and `beta2` of the options. */
  adam?(options: O): AdamOptions;
  /** Statistics under their published names, from sums over the valid images of a batch: of the losses, and of every measure. */
  stats(sums: StudentSums, scale: StatsScale, options: O): StepStats;
  /** Settings that a snapshot records in addition to the name of the method. */
  record?(options: O): Record<string, unknown>;
}

/** Sums over the valid images of a batch: of the losses, and of every measure by its name. */
export type StudentSums = { losses: number } & Readonly<Record<string, number>>;

/** What sums of a step are divided by. */
export interface StatsScale {
  /** Images whose losses are numbers: the batch, or less. */
  batch: number;
  /** Numbers in an image. */
  pixels: number;
  progress: Progress;
}

/** Progress of a run before an iteration. */
export interface Progress {
  imagesSeen: number;
  /** Number of the iteration, from 0. */
  iteration: number;
}

/** Random numbers of a batch. */
export interface Draw<O extends StudentOptions> {
  /** Shape of one image's numbers; left out [], a single number. */
  shape?(student: TrainableGenerator): readonly number[];
  /** @returns the numbers of `n` images, image by image */
  draw(rng: Rng, n: number, progress: Progress, options: O): Float32Array;
}

/** The networks of a run. */
export interface StudentNetworks<S> {
  /** Its weights never change. Guided where the options say so. */
  teacher: Denoiser;
  /** The guidance of the teacher, for a method that guides copies of it; left out, none. */
  guidance?: Guidance;
  student: S;
  /** With the averaged weights of the first length. */
  averaged: S;
  /** By the names that {@link StudentStep.copies} gives them. */
  copies: Readonly<Record<string, S>>;
  /** By the names that {@link StudentStep.modules} gives them. */
  modules: Readonly<Record<string, Module>>;
  /** A perceptual distance of the caller's, for the name `lpips`. */
  perceptual: Distance | undefined;
}

/** Tensors of a micro-batch of N images. */
export interface StudentInputs {
  /** Real images in [-1, 1], [N, H, W, C]. */
  images: tf.Tensor4D;
  /**
   * Of the images, [N, labelDim]; undefined for an unconditional student. With a range of scales of guidance, each is followed by its
   * scale, [N, labelDim + 1].
   */
  labels: tf.Tensor2D | undefined;
  /** [N, augmentDim]; undefined without augmentation. */
  augmentLabels: tf.Tensor2D | undefined;
  /** Standard normal, [N, H, W, C]. */
  noise: tf.Tensor4D;
  /** The method's draws, [N, ...]. */
  draws: Readonly<Record<string, tf.Tensor>>;
  /** The numbers of `schedule`. */
  schedule: Readonly<Record<string, tf.Scalar>>;
  /** Sources of the same dropout masks. */
  masks: readonly MaskRng[];
}

/** Loss of a micro-batch. */
export interface StudentLoss {
  /** One per image, [N]. Their sum over the batch, divided by its size, is minimized. */
  losses: tf.Tensor1D;
  /** Numbers to report: one per image, [N], constants. */
  measures?: Readonly<Record<string, tf.Tensor1D>>;
  /**
   * Whether images count, [N], booleans: see `keepValid`. An image whose loss is no number never does. Images that do not count
   * are in no sum. Left out, only the losses decide.
   */
  valid?: tf.Tensor1D;
}
