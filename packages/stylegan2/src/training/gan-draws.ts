import { RandomStreams, type LabelPrior } from '@onestep/diffusion-core';
import type { RngState } from '@onestep/random';
import type { AdaptiveAugmentation, DrawnAugmentations } from '../augmentation/adaptive-augmentation.js';
import type { GanTrainingOptions } from './gan-training-options.js';
import { judgesFakes, makesImages, seesReals, type PhaseName } from './phases.js';

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
  /** Null for a phase that makes no images. */
  pass: PassDraws | null;
  /** Unit noise of the path lengths, [n, H, W, C]; null but in Greg. */
  pathNoise: Float32Array | null;
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
    const { batch, plBatchShrink } = this.options;
    const parts = Array.from({ length: batch / size });
    const count = (name: PhaseName) => (name === 'Greg' ? Math.max(Math.floor(size / plBatchShrink), 1) : size);
    const draw = (name: PhaseName) => parts.map(() => this.microBatch(name, count(name), augmentP));
    return Object.fromEntries(phases.map((name) => [name, draw(name)]));
  }

  /** Returns JSON from which {@link GanTrainingDraws.restore} resumes. */
  state(): Record<string, RngState> {
    return this.streams.state();
  }

  /** @throws naming a stream that the state lacks */
  restore(state: Record<string, RngState>): void {
    this.streams.restore(state);
  }

  private microBatch(name: PhaseName, n: number, augmentP: number): MicroBatchDraws {
    const { imgResolution, imgChannels } = this.shapes;
    const pixels = imgResolution ** 2 * imgChannels;
    const augment = () => this.augmentation?.draw(this.streams.get('augment'), n, augmentP) ?? null;
    return {
      pass: makesImages(name) ? this.pass(n) : null,
      pathNoise: name === 'Greg' ? this.streams.get('path-noise').normal(n * pixels) : null,
      fakeAugmentation: judgesFakes(name) ? augment() : null,
      realAugmentation: seesReals(name) ? augment() : null,
    };
  }

  private pass(n: number): PassDraws {
    const { streams, prior } = this;
    const { zDim, noiseResolutions } = this.shapes;
    const labels = prior.draw(streams.get('labels'), n);
    return {
      z: streams.get('z').normal(n * zDim),
      labels: prior.labelDim === 0 ? null : prior.vectors(labels),
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
