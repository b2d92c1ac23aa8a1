import type { Method, NetworkCost, OptionTable } from '@onestep/diffusion-core';

const BYTES = 4;
/** Node, this program and ONNX Runtime with nothing loaded. */
const PROGRAM_BYTES = 290e6;
/** Memory of a training step per activation that the backward pass needs: those, their gradients, and what is in between. */
const PER_ACTIVATION = 2.5;
/** The same where a batch is split: the first micro-batch and the following ones are compiled graphs of their own. */
const PER_ACTIVATION_SPLIT = 6.9;
/** Memory of a forward pass per number of its largest layer. */
const PER_WORKSPACE = 6;

/** The networks that a training holds. */
export interface TrainingNetworks {
  /** Copies of the weights: teacher, student, fake score network, averaged weights. */
  networks: number;
  /** Networks that an optimizer trains. */
  trained: number;
  /** Networks whose activations one backward pass goes through. */
  differentiated: number;
}

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
export const EDM_TRAINING: TrainingNetworks = { networks: 2, trained: 1, differentiated: 1 };

/** The networks of a distillation method. A method that does not say is taken for one like SiD. */
export function methodNetworks(method: Pick<Method<OptionTable>, 'trains'>): TrainingNetworks {
  return method.trains ?? { networks: 4, trained: 2, differentiated: 3 };
}

/** Arguments of {@link estimateTraining}. */
export interface TrainingWork extends TrainingNetworks {
  network: NetworkCost;
  /** Images in a step. */
  batch: number;
  /** Images at once; null or left out, the whole batch. */
  batchGpu?: number | null;
}

/**
 * Estimates the memory of a training before it starts, on the engine `ort` and a CPU. What data take is not in it.
 *
 * Of the configurations in `benchmarks/memory`, which were measured, see its README for the largest error.
 */
export function estimateTraining({ network, batch, batchGpu, ...copies }: TrainingWork): MemoryEstimate {
  const atOnce = Math.min(batchGpu ?? batch, batch);
  const isSplit = atOnce < batch;
  // Each trained network has two moments; the gradients of one network exist at once, and their sum where a batch is split.
  const sets = copies.networks + 2 * copies.trained + (isSplit ? 2 : 1);
  const weights = BYTES * network.parameters * sets;
  const perActivation = isSplit ? PER_ACTIVATION_SPLIT : PER_ACTIVATION;
  const activations = BYTES * atOnce * network.activations * copies.differentiated * perActivation;
  return { weights, activations, total: PROGRAM_BYTES + weights + activations };
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
 * @returns a divisor of the batch; null if not even one image at once fits
 */
export function largestMicroBatch(work: Omit<TrainingWork, 'batchGpu'>, available: number): number | null {
  for (let size = work.batch; size >= 1; size--) {
    if (work.batch % size === 0 && estimateTraining({ ...work, batchGpu: size }).total <= available) return size;
  }
  return null;
}
