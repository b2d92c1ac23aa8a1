import { RandomStreams, type LabelPrior } from '@onestep/diffusion-core';
import type { RngState } from '@onestep/random';
import type { AdaptiveAugmentation, DrawnAugmentations } from '../augmentation/adaptive-augmentation.js';
import type { GanTrainingOptions } from './gan-training-options.js';
import { judgesFakes, measuresPaths, seesReals, type PhaseName } from './phases.js';

/** What draws depend on. */
export interface GanShapes {
  imgResolution: number;
  imgChannels: number;
  zDim: number;
  /** Layers that have a w of their own. */
  numWs: number;
  /** Side of the noise of each noisy layer. */
  noiseResolutions: readonly number[];
}

/** The random numbers of `n` generated images, in host memory. */
export interface PassDraws {
  /** Latents, [n, zDim]. */
  z: Float32Array;
  /** [n, labelDim]; null for an unconditional network. */
  labels: Float32Array | null;
  /** A second latent, whose w the layers from number `cutoff` on get; null where styles are never mixed. */
  mixing: { cutoff: number; z: Float32Array } | null;
  /** Unit noise of each noisy layer, [n, side, side]. */
  noise: readonly Float32Array[];
}

/** The random numbers of a micro-batch in one phase. */
export interface MicroBatchDraws {
  /** Of the images that the discriminator judges; null where it judges none. */
  pass: PassDraws | null;
  /** Of those whose path lengths are measured, with unit noise, [n, H, W, C]; null where none are. */
  path: { pass: PassDraws; noise: Float32Array } | null;
  /** Transforms of the generated images that the discriminator sees; null where it sees none, or none are transformed. */
  fakeAugmentation: DrawnAugmentations | null;
  /** Those of the real images. */
  realAugmentation: DrawnAugmentations | null;
}

/** The random numbers of an iteration: those of each micro-batch, by phase. */
export type GanDraws = Partial<Record<PhaseName, readonly MicroBatchDraws[]>>;

const STREAMS = ['z', 'labels', 'mixing', 'mixed-z', 'noise', 'path-noise', 'augment'] as const;

/** Draws everything random of a GAN's training, except for the real images. */
export class GanTrainingDraws {
  private readonly streams: RandomStreams<(typeof STREAMS)[number]>;
  private readonly options: GanTrainingOptions;
  private readonly shapes: GanShapes;
  private readonly prior: LabelPrior;
  private readonly augmentation: AdaptiveAugmentation | null;

  /** @param args `prior` has the labels of generated images; `augmentation` may be null */
  constructor(
    options: GanTrainingOptions,
    args: { shapes: GanShapes; prior: LabelPrior; augmentation: AdaptiveAugmentation | null },
  ) {
    this.streams = new RandomStreams(options.seed, 'gan-training', STREAMS);
    this.options = options;
    this.shapes = args.shapes;
    this.prior = args.prior;
    this.augmentation = args.augmentation;
  }

  /**
   * Draws an iteration, for all processes.
   *
   * @param phases of the iteration
   * @param size images in a micro-batch
   * @param augmentP augmentation probability
   */
  next(phases: readonly PhaseName[], size: number, augmentP: number): GanDraws {
    const parts = Array.from({ length: this.options.batch / size });
    const draw = (name: PhaseName) => parts.map(() => this.microBatch(name, size, augmentP));
    return Object.fromEntries(phases.map((name) => [name, draw(name)]));
  }

  /** Returns JSON from which {@link GanTrainingDraws.restore} resumes. */
  state(): Record<string, RngState> {
    return this.streams.state();
  }

  /**
   * Resumes from a state. That of another seed goes on at the same place with the numbers of this one: a GAN can be trained further
   * several times from one state.
   *
   * @throws naming a stream that the state lacks
   */
  restore(state: Record<string, RngState>): void {
    const { seed } = this.options;
    this.streams.restore(Object.fromEntries(Object.entries(state).map(([name, at]) => [name, { ...at, seed }])));
  }

  private microBatch(name: PhaseName, n: number, augmentP: number): MicroBatchDraws {
    const augment = () => this.augmentation?.draw(this.streams.get('augment'), n, augmentP) ?? null;
    const pass = judgesFakes(name) ? this.pass(this.latents(n)) : null;
    return {
      pass,
      path: measuresPaths(name) ? this.path(n, pass) : null,
      fakeAugmentation: judgesFakes(name) ? augment() : null,
      realAugmentation: seesReals(name) ? augment() : null,
    };
  }

  /** Path lengths are measured for a part of the images, the first ones of the pass if there is one. */
  private path(n: number, pass: PassDraws | null): MicroBatchDraws['path'] {
    const { imgResolution, imgChannels, zDim } = this.shapes;
    const count = pathCount(n, this.options);
    const first = (values: Float32Array, length: number) => values.slice(0, count * length);
    const latents =
      pass === null
        ? this.latents(count)
        : { z: first(pass.z, zDim), labels: pass.labels && first(pass.labels, this.prior.labelDim) };
    return {
      pass: this.pass(latents),
      noise: this.streams.get('path-noise').normal(count * imgResolution ** 2 * imgChannels),
    };
  }

  private latents(n: number): Pick<PassDraws, 'z' | 'labels'> {
    const { streams, prior } = this;
    const labels = prior.draw(streams.get('labels'), n);
    return {
      z: streams.get('z').normal(n * this.shapes.zDim),
      labels: prior.labelDim === 0 ? null : prior.vectors(labels),
    };
  }

  private pass(latents: Pick<PassDraws, 'z' | 'labels'>): PassDraws {
    const { streams } = this;
    const { zDim, noiseResolutions } = this.shapes;
    const n = latents.z.length / zDim;
    return {
      ...latents,
      mixing:
        this.options.styleMixingProb === 0
          ? null
          : { cutoff: this.cutoff(), z: streams.get('mixed-z').normal(n * zDim) },
      noise: noiseResolutions.map((side) => streams.get('noise').normal(n * side ** 2)),
    };
  }

  /** The first layer of the second style, from 1; that after the last where styles are not mixed. */
  private cutoff(): number {
    const { numWs } = this.shapes;
    const [u, v] = this.streams.get('mixing').uniform(2);
    return v! < this.options.styleMixingProb ? 1 + Math.floor(u! * (numWs - 1)) : numWs;
  }
}

/**
 * The number of images whose path lengths are measured.
 *
 * @param n images in a micro-batch
 */
export function pathCount(n: number, { plBatchShrink }: Pick<GanTrainingOptions, 'plBatchShrink'>): number {
  return Math.max(Math.floor(n / plBatchShrink), 1);
}
