import { defaultsOf, type Generator, type Method, type NetworkCost, type TrainingCost } from '@onestep/diffusion-core';
import { addGuidance } from './guidance-cost.js';

const BYTES = 4;
/** Node, this program and ONNX Runtime with nothing loaded. */
const PROGRAM_BYTES = 285e6;
/** Memory of a training step per activation that the backward pass needs: those, their gradients, and what is in between. */
const PER_ACTIVATION = 1.9;
/** The same where a batch is split: the first micro-batch and the following ones are compiled graphs of their own. */
const PER_ACTIVATION_SPLIT = 6.9;
/** What the two threads take that compute halves of a batch: a second program, copies of weights, transposed weights. */
const HALVES_BYTES = 240e6;
/** The same as a share of the activations, at most: small batches are not computed in halves. */
const HALVES_SHARE = 0.35;
/** Memory of a forward pass per number of its largest layer. */
const PER_WORKSPACE = 2.3;

/** The memory that some work takes, in bytes. */
export interface MemoryEstimate {
  /** All of it: what the process has at its peak. */
  total: number;
  /** Weights, averaged weights, moments of the optimizers, gradients. */
  weights: number;
  /** Results inside the networks, for the images that are computed at once. */
  activations: number;
}

/** Training a diffusion model: the network and its average. */
export const EDM_TRAINING: TrainingCost = { networks: 2, trained: 1, activations: 1, passes: 3 };
/** What is assumed of a method that does not say: what SiD takes. */
const UNKNOWN_METHOD: TrainingCost = { networks: 4, trained: 2, activations: 2.25, passes: 11 };

/**
 * What a distillation method takes.
 *
 * @param options those that differ from the defaults
 * @param student one that is not a copy of the teacher
 */
export function methodCost(
  method: Method,
  options: Readonly<Record<string, unknown>> = {},
  student?: Generator,
): TrainingCost {
  const settled = { ...defaultsOf(method.options), ...options };
  return addGuidance(method.trainsWith?.(settled, student) ?? method.trains ?? UNKNOWN_METHOD, settled);
}

/** Arguments of {@link estimateTraining}. */
export interface TrainingWork extends TrainingCost {
  network: NetworkCost;
  /** Images in a step. */
  batch: number;
  /** Images at once; null or left out, the whole batch. */
  batchGpu?: number | null;
  /** Averages of the weights, of which {@link TrainingCost.networks} counts one. Left out, that one. */
  emas?: number;
}

/**
 * Estimates the memory of a training before it starts, on the engine `ort` and a CPU with several processors. What data take is not in it.
 *
 * Of 30 configurations that were measured, with the three architectures, the methods and batches of 2 to 64, it is wrong by 10 %
 * at most (`benchmarks/README.md`, "Memory told beforehand").
 */
export function estimateTraining({ network, batch, batchGpu, emas = 1, ...copies }: TrainingWork): MemoryEstimate {
  const atOnce = Math.min(batchGpu ?? batch, batch);
  const isSplit = atOnce < batch;
  // Each trained network has two moments; the gradients of one network exist at once, and their sum where a batch is split.
  const sets = copies.networks + (emas - 1) + 2 * copies.trained + (isSplit ? 2 : 1);
  const weights = BYTES * network.parameters * sets;
  const perActivation = isSplit ? PER_ACTIVATION_SPLIT : PER_ACTIVATION;
  const activations = BYTES * atOnce * network.activations * copies.activations * perActivation;
  const halves = isSplit ? 0 : Math.min(HALVES_BYTES, HALVES_SHARE * activations);
  return { weights, activations, total: PROGRAM_BYTES + weights + activations + halves };
}

/**
 * Estimates the memory of evaluating a network, on the engine `ort` and a CPU: sampling with any number of steps.
 *
 * @param batch images at once
 */
export function estimateSampling({ network, batch }: { network: NetworkCost; batch: number }): MemoryEstimate {
  const weights = BYTES * network.parameters;
  const activations = BYTES * batch * network.workspace * PER_WORKSPACE;
  return { weights, activations, total: PROGRAM_BYTES + weights + activations };
}

/**
 * Finds the largest micro-batch whose training fits in memory. Gradients are accumulated over the batch, so the training
 * stays the same, but for rounding.
 *
 * @param available bytes
 * @param most images at once, however much memory there is
 * @returns a divisor of the batch; null if not even one image at once fits
 */
export function largestMicroBatch(
  work: Omit<TrainingWork, 'batchGpu'>,
  available: number,
  most = Infinity,
): number | null {
  for (let size = Math.min(work.batch, most); size >= 1; size--) {
    if (work.batch % size === 0 && estimateTraining({ ...work, batchGpu: size }).total <= available) return size;
  }
  return null;
}
