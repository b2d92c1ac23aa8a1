import type * as tf from '@tensorflow/tfjs-core';
import { Rng, type MaskRng } from '@onestep/random';
import type { Generator } from '../generator.js';
import { MicroBatches } from '../training/micro-batches.js';
import type { PhaseDraws } from './score-draws.js';

/** What a round learns from, made of its share of the draws. */
export interface Round {
  z: tf.Tensor;
  sigma: tf.Tensor1D;
  noise: tf.Tensor4D;
  labels: tf.Tensor2D | undefined;
}

/** Images that were made before a step, in order to be augmented. */
export type MadeImages = {
  images: tf.Tensor4D;
  /** What was done to them. */
  augmentLabels: tf.Tensor2D;
};

/** A round of the score network: it makes its images itself, from z, or is given them. */
export type ScoreRound = Round | (Omit<Round, 'z'> & MadeImages);

/** The rounds of both steps of an iteration, and what their dropout masks are made from. */
export class ScoreRounds {
  /** The masks of the score network and of the generator as they are trained. */
  readonly masks: { readonly score: MaskRng[]; readonly generator: MaskRng[] };
  /** The masks of the two networks that are compared: the same ones twice. */
  readonly comparedMasks: readonly [MaskRng[], MaskRng[]];
  private readonly rounds: MicroBatches;
  private readonly generator: Generator;
  private readonly latentShape: number[];

  constructor(batch: { batch: number; batchGpu: number }, generator: Generator) {
    this.rounds = new MicroBatches(batch);
    this.generator = generator;
    this.latentShape = generator.sampleLatents(new Rng(0), 1).shape.slice(1);
    const masks = () => this.rounds.masks();
    this.masks = { score: masks(), generator: masks() };
    this.comparedMasks = [masks(), masks()];
  }

  get count(): number {
    return this.rounds.count;
  }

  /** Puts the draws for the score network's step on the device. @param made images of each round in place of z */
  ofScore(draws: PhaseDraws, made?: readonly MadeImages[]): ScoreRound[] {
    this.rounds.restartMasks(this.masks.score, draws.masks);
    return this.masks.score.map((_, round) => {
      const rest = this.round(draws, round);
      return made === undefined ? { z: this.latents(draws, round), ...rest } : { ...made[round]!, ...rest };
    });
  }

  /** Puts the draws for the generator's step on the device. */
  ofGenerator(draws: PhaseDraws): Round[] {
    for (const masks of [this.masks.generator, ...this.comparedMasks]) this.rounds.restartMasks(masks, draws.masks);
    return this.masks.generator.map((_, round) => ({ z: this.latents(draws, round), ...this.round(draws, round) }));
  }

  /** What the images of a round are made from. */
  latents(draws: PhaseDraws, round: number): tf.Tensor {
    return this.rounds.tensor(draws.z, round, this.latentShape);
  }

  labels(draws: PhaseDraws, round: number): tf.Tensor2D | undefined {
    return this.rounds.labels(draws.classes, round, this.generator.labelDim);
  }

  private round(draws: PhaseDraws, round: number): Omit<Round, 'z'> {
    const { imgResolution: size, imgChannels: channels } = this.generator;
    return {
      sigma: this.rounds.tensor<tf.Rank.R1>(draws.sigma, round, []),
      noise: this.rounds.tensor<tf.Rank.R4>(draws.noise, round, [size, size, channels]),
      labels: this.labels(draws, round),
    };
  }
}
