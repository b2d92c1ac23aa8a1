import { boot } from '@onestep/boot';
import { readSafetensors } from '@onestep/checkpoint/node';
import {
  generateImages,
  needsOf,
  NetworkGenerator,
  PairsInMemory,
  samplePairs,
  shufflePairs,
  type DistillationMethod,
  type Generator,
} from '@onestep/diffusion-core';
import { eightGaussians, modeShares, pointBatches, type MlpDenoiser } from '@onestep/diffusion-core/toy';
import { METHODS, startEngine } from 'onestep';
import { trainedDenoiser } from '../../test-support/eight-gaussians.js';
import { slicedWasserstein } from '../../test-support/sliced-wasserstein.js';
import type { Variant } from './experiments.js';
import { PLANE_POINTS, planeTruth } from './plane-floor.js';
import type { Problem } from './problem.js';

/** Students' points behind each figure, and seeds that no training sees. */
const SEEDS = Array.from({ length: PLANE_POINTS }, (_, i) => 1_000_000 + i);
/** Seeds of the pairs that a method learns which needs them. */
const PAIR_SEEDS = Array.from({ length: 2000 }, (_, i) => i);
/** Noise level of the input of a student whose method does not say it: that of the teacher's paths. */
const INIT_SIGMA = 80;
/** Steps of Heun's method along the teacher's paths, after which their ends no longer change. */
const STEPS = 200;

/**
 * Eight Gaussians in the plane, with their exact denoiser as the teacher and the settings of the presets `toy`. Students are
 * small and learn in seconds, so that they are seen at the end of their training and not only at its start.
 */
export class PlaneProblem implements Problem {
  readonly measuredWith = 'eight Gaussians';
  private readonly teacher = eightGaussians();
  private readonly truth = planeTruth();

  private constructor(
    private readonly initial: MlpDenoiser,
    private readonly ends: Float32Array,
    private readonly pairs: PairsInMemory,
  ) {}

  static async open(): Promise<PlaneProblem> {
    await startEngine();
    const denoiser = eightGaussians();
    const { images } = await samplePairs({ denoiser, seeds: SEEDS, options: { steps: STEPS } });
    const pairs = await samplePairs({ denoiser, seeds: PAIR_SEEDS });
    return new PlaneProblem(trainedDenoiser(), images, new PairsInMemory(pairs, denoiser));
  }

  createTask({ method: name, options: given }: Variant, seed: number): DistillationMethod {
    const method = METHODS.find((each) => each.name === name)!;
    const options = { ...method.presets.toy!.options, ...given, seed };
    const { initSigma = INIT_SIGMA, batch = 256 } = method.settle(options) as { initSigma?: number; batch?: number };
    const generator = new NetworkGenerator(this.initial.clone(), initSigma);
    const needs = needsOf(method, method.settle(options));
    const learned = {
      ...(needs.includes('images') && { data: pointBatches(batch, 10_000 * (seed + 1)) }),
      ...(needs.includes('pairs') && { pairs: shufflePairs(this.pairs, seed) }),
    };
    return method.create({ teacher: this.teacher, generator, fakeScore: this.initial.clone(), ...learned, options });
  }

  /** Reads a student of BOOT. */
  async loadStudent(path: string): Promise<NetworkGenerator> {
    const network = this.initial.clone();
    network.module.loadStateDict((await readSafetensors(path)).tensors);
    return new NetworkGenerator(network, boot.settle(boot.presets.toy!.options).initSigma);
  }

  /**
   * The sliced Wasserstein distance to the mixture, the share of points within four standard deviations of a mean, and of
   * the distances to the ends of the teacher's paths the root mean square and the median.
   */
  async measure(generator: Generator): Promise<Record<string, number>> {
    const points = await generateImages({ generator, seeds: SEEDS });
    const distances = SEEDS.map((_, i) =>
      Math.hypot(points[2 * i]! - this.ends[2 * i]!, points[2 * i + 1]! - this.ends[2 * i + 1]!),
    ).sort((a, b) => a - b);
    return {
      wasserstein: slicedWasserstein(points, this.truth),
      inModes: modeShares(points).reduce((a, b) => a + b, 0),
      pathError: Math.sqrt(distances.reduce((sum, distance) => sum + distance ** 2, 0) / distances.length),
      medianPathError: distances[distances.length / 2]!,
    };
  }
}
