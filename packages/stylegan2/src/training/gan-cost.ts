import type { NetworkCost, TrainingCost } from '@onestep/diffusion-core';
import { discriminatorCost } from '../networks/discriminator-cost.js';
import { generatorCost } from '../networks/generator-cost.js';
import type { GanRecipe } from './gan-recipe.js';

/**
 * What the phases hold and compute, in multiples of a network: measured, see "Memory and time told beforehand" in the README of this
 * package. Each phase is a compiled graph of its own, which keeps its memory.
 */
const PHASES = { activations: 2.24, generatorPasses: 5.7, discriminatorPasses: 11.4 };
/** The same for path lengths: more activations of the generator, and passes where they are measured. */
const PATH_LENGTHS = { activations: 1.56, passes: 11.4 };
/** The same for R1: passes of the discriminator where it is penalized. */
const R1_PASSES = 11.4;
/** Numbers and multiplications of augmentation, for each number of the matrices that {@link matrixSize} counts. */
const AUGMENTATION = { activations: 3.6, multiplications: 3260 };
/** Activations of a batch that is computed in parts, against those that other trainings have then. */
const OF_A_PART = 0.75;

/** What a GAN's training takes, in multiples of its generator's cost. */
export interface GanTrainingCost extends TrainingCost {
  /** The generator's. */
  network: NetworkCost;
}

/**
 * What a GAN's training takes, for the estimates of memory and time.
 *
 * @param parameters numbers of trained weights of both networks
 */
export function ganTrainingCost(
  { generator, discriminator, training, augmentation }: GanRecipe,
  parameters: { generator: number; discriminator: number },
): GanTrainingCost {
  const network = generatorCost(generator, parameters.generator);
  const judge = discriminatorCost(discriminator, parameters.discriminator);
  const { batch, batchGpu, plWeight, gRegInterval, dRegInterval, r1Gamma } = training;
  const size = judge.parameters / network.parameters;
  const hasPaths = plWeight > 0;
  const matrices = augmentation === null ? 0 : matrixSize(generator.imgResolution, generator.imgChannels);
  const multiplications =
    PHASES.generatorPasses * network.multiplications +
    PHASES.discriminatorPasses * judge.multiplications +
    (hasPaths ? (PATH_LENGTHS.passes * network.multiplications) / (gRegInterval ?? 1) : 0) +
    (r1Gamma > 0 ? (R1_PASSES * judge.multiplications) / (dRegInterval ?? 1) : 0) +
    AUGMENTATION.multiplications * matrices;
  const activations =
    PHASES.activations * (network.activations + judge.activations) +
    (hasPaths ? PATH_LENGTHS.activations * network.activations : 0) +
    AUGMENTATION.activations * matrices;
  const isSplit = batchGpu !== null && batchGpu < batch;
  return {
    network,
    // The averaged generator, and the gradients of each phase.
    networks: (hasPaths ? 3 : 2) + 4 * size,
    trained: 1 + size,
    activations: (activations / network.activations) * (isSplit ? OF_A_PART : 1),
    passes: multiplications / network.multiplications,
  };
}

/** Numbers of the matrices that transform an image: see the README, "Augmentation". */
function matrixSize(side: number, channels: number): number {
  return 36 * side ** 2 * channels;
}
