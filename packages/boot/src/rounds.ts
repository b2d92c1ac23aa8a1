import type * as tf from '@tensorflow/tfjs-core';
import type { MicroBatches, Denoiser } from '@onestep/diffusion-core';
import { bootstrapWeight } from './boot-loss.js';
import { TIME_BINS, timeBins } from './diagnostics.js';
import type { BootDraws } from './draws.js';
import type { BootOptions } from './options.js';
import { stepSize, type TimeMap } from './time.js';

/** The tensors of one round, made from its share of the draws. */
export interface Round {
  eps: tf.Tensor4D;
  /** Noise levels of the teacher (sigma) and of the student (tau) at t, s and t_max. */
  sigmaT: tf.Tensor1D;
  sigmaS: tf.Tensor1D;
  tauT: tf.Tensor1D;
  tauS: tf.Tensor1D;
  sigmaMax: tf.Tensor1D;
  /** w of the bootstrap loss. */
  weight: tf.Tensor1D;
  /** Which part of the time t is in, [N, TIME_BINS]. */
  bins: tf.Tensor2D;
  labels: tf.Tensor2D | undefined;
  guidance: tf.Tensor1D | undefined;
}

/** What determines the rounds of a step, beside its draws. */
export interface RoundsArgs {
  teacher: Denoiser;
  time: TimeMap;
  options: BootOptions;
  rounds: MicroBatches;
  imagesSeen: number;
}

/** Puts a batch on the device: t is uniform in (t_min, t_max), and s = max(t - delta, t_min). */
export function bootRounds({ eps, place, classes, guidance }: BootDraws, args: RoundsArgs): Round[] {
  const { teacher, time, options, rounds, imagesSeen } = args;
  const { imgResolution: size, imgChannels: channels, labelDim } = teacher;
  const { tMin, tMax, weightClip } = options;
  const delta = stepSize(imagesSeen, options);
  const t = place.map((u) => tMin + (tMax - tMin) * u);
  const s = t.map((value) => Math.max(value - delta, tMin));
  const sigmaT = Float32Array.from(t, (value) => time.sigma(value));
  const sigmaS = Float32Array.from(s, (value) => time.sigma(value));
  const tauT = Float32Array.from(t, (value) => time.tau(value));
  const tauS = Float32Array.from(s, (value) => time.tau(value));
  const sigmaMax = new Float32Array(t.length).fill(time.sigma(tMax));
  const weight = sigmaT.map((sigma, i) => bootstrapWeight(sigma, sigmaS[i]!, weightClip));
  const bins = timeBins(place);
  return Array.from({ length: rounds.count }, (_, round) => {
    const each = (values: Float32Array) => rounds.tensor<tf.Rank.R1>(values, round, []);
    return {
      eps: rounds.tensor(eps, round, [size, size, channels]),
      sigmaT: each(sigmaT),
      sigmaS: each(sigmaS),
      tauT: each(tauT),
      tauS: each(tauS),
      sigmaMax: each(sigmaMax),
      weight: each(weight),
      bins: rounds.tensor(bins, round, [TIME_BINS]),
      labels: rounds.labels(classes, round, labelDim),
      guidance: guidance.length > 0 ? each(guidance) : undefined,
    };
  });
}
