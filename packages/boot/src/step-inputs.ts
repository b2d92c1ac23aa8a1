import type * as tf from '@tensorflow/tfjs-core';
import type { Denoiser, LabelPrior, MicroBatches } from '@onestep/diffusion-core';
import { bootstrapWeight } from './boot-loss.js';
import { TIME_BINS, timeBins } from './diagnostics.js';
import type { BootDraws } from './draws.js';
import type { BootOptions } from './boot.js';
import { stepSize, type TimeMap } from './time.js';

/** The tensors of one micro-batch. */
export interface StepInputs {
  eps: tf.Tensor4D;
  /** Noise levels of the teacher (sigma) and of the student (tau) at t, s and t_max. */
  sigmaT: tf.Tensor1D;
  sigmaS: tf.Tensor1D;
  tauT: tf.Tensor1D;
  tauS: tf.Tensor1D;
  sigmaMax: tf.Tensor1D;
  /** w of the bootstrap loss. */
  weight: tf.Tensor1D;
  /** The part of the time that t is in, [N, TIME_BINS], one-hot. */
  bins: tf.Tensor2D;
  labels: tf.Tensor2D | undefined;
  guidance: tf.Tensor1D | undefined;
}

/** What the tensors of a step depend on besides its draws. */
export interface UploadArgs {
  teacher: Denoiser;
  time: TimeMap;
  prior: LabelPrior;
  options: BootOptions;
  microBatches: MicroBatches;
  imagesSeen: number;
}

/** Uploads a batch, micro-batch by micro-batch: t is uniform in (t_min, t_max), and s = max(t - delta, t_min). */
export function uploadStep({ eps, place, classes, guidance }: BootDraws, args: UploadArgs): StepInputs[] {
  const { teacher, time, prior, options, microBatches, imagesSeen } = args;
  const { imgResolution: size, imgChannels: channels } = teacher;
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
  return Array.from({ length: microBatches.count }, (_, index) => {
    const each = (values: Float32Array) => microBatches.tensor<tf.Rank.R1>(values, index, []);
    return {
      eps: microBatches.tensor(eps, index, [size, size, channels]),
      sigmaT: each(sigmaT),
      sigmaS: each(sigmaS),
      tauT: each(tauT),
      tauS: each(tauS),
      sigmaMax: each(sigmaMax),
      weight: each(weight),
      bins: microBatches.tensor(bins, index, [TIME_BINS]),
      labels: microBatches.labels(classes, index, prior),
      guidance: guidance.length > 0 ? each(guidance) : undefined,
    };
  });
}
