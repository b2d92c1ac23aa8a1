import { MaskRng, type Rng, type RngState } from '@onestep/random';
import type { Generator } from '../generator.js';
import { RandomStreams } from '../training/random-streams.js';
import type { Augmentation, HostImages } from './augmentation.js';
import { drawClasses } from './label-prior.js';

/** The random numbers of one network's step, for a whole batch, in host memory. */
export interface PhaseDraws {
  /** [N, ...] what the generator makes images from. */
  z: Float32Array;
  /** [N] noise levels. */
  sigma: Float32Array;
  /** [N, H, W, C] standard normal. */
  noise: Float32Array;
  /** [N] classes; empty if unconditional. */
  classes: Int32Array;
  /** What dropout masks are made from. */
  masks: MaskRng;
}

/** Draws `n` noise levels. */
export type DrawSigmas = (rng: Rng, n: number) => Float32Array;

/** Which numbers to draw. */
export interface DrawSettings {
  seed: number;
  /** The method's name: methods of the same seed have other numbers. */
  method: string;
  batch: number;
  generator: Generator;
  labelDim: number;
  classProbabilities: readonly number[] | null;
  /** Whether both steps of an iteration see the same labels. */
  sharedLabels: boolean;
  scoreSigmas: DrawSigmas;
  generatorSigmas: DrawSigmas;
  augmentation: Augmentation | null;
}

const STREAMS = ['z', 'sigma', 'noise', 'labels', 'dropout'] as const;

/** The random streams of a run: all that its two steps draw. */
export class ScoreDraws {
  private readonly settings: DrawSettings;
  private readonly streams: RandomStreams<(typeof STREAMS)[number] | 'augment'>;

  constructor(settings: DrawSettings) {
    this.settings = settings;
    const names = settings.augmentation === null ? STREAMS : ([...STREAMS, 'augment'] as const);
    this.streams = new RandomStreams(settings.seed, settings.method, names);
  }

  /** For the next iteration. */
  next(): { score: PhaseDraws; generator: PhaseDraws } {
    const { scoreSigmas, generatorSigmas, sharedLabels } = this.settings;
    const score = this.phase(this.classes(), scoreSigmas);
    const generator = this.phase(sharedLabels ? score.classes : this.classes(), generatorSigmas);
    return { score, generator };
  }

  /** Augments images in place. @returns their labels */
  augment(images: HostImages): Float32Array {
    return this.settings.augmentation!.augment(images, this.streams.get('augment'));
  }

  state(): Record<string, RngState> {
    return this.streams.state();
  }

  restore(state: Record<string, RngState>): void {
    this.streams.restore(state);
  }

  private phase(classes: Int32Array, sigmas: DrawSigmas): PhaseDraws {
    const { batch, generator } = this.settings;
    const { imgResolution, imgChannels } = generator;
    return {
      classes,
      z: generator.sampleLatents(this.streams.get('z'), batch).data,
      sigma: sigmas(this.streams.get('sigma'), batch),
      noise: this.streams.get('noise').normal(batch * imgResolution ** 2 * imgChannels),
      masks: MaskRng.draw(this.streams.get('dropout')),
    };
  }

  private classes(): Int32Array {
    const { batch, labelDim, classProbabilities } = this.settings;
    return drawClasses(this.streams.get('labels'), batch, labelDim, classProbabilities);
  }
}
