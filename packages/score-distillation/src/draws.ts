import {
  drawScales,
  isScaleRange,
  RandomStreams,
  type Augmentation,
  type HostImages,
  type LabelPrior,
  type Share,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { MaskRng, type RngState } from '@onestep/random';
import { fakeGuidance, type ScoreOptions } from './options.js';
import { phasePolicies } from './phase-policy.js';
import type { Phase, PhaseName, ScoreStep } from './score-step.js';

/** The random numbers of one phase, for a whole batch, in host memory. */
export interface PhaseDraws {
  /** Latents of the generator, [N, ...]. */
  z: Float32Array;
  /** Noise levels, [N]. */
  sigma: Float32Array;
  /** Standard normal, [N, H, W, C]. */
  noise: Float32Array;
  /** Numbers of the labels, [N]: classes, or rows of the label prior; empty for an unconditional generator. */
  classes: Int32Array;
  /** Scales of guidance, [N]; left out where there is no range of them. */
  scales?: Float32Array;
  /**
   * For the fake score network's phase: 1 for each image that keeps its label, and 0 for those that are made and learned without it,
   * [N]; left out, all keep it.
   */
  kept?: Float32Array;
  /** Source of the dropout masks. */
  masks: MaskRng;
  /** The phase's further draws by name, [N, ...]. */
  further: Record<string, Float32Array>;
}

/** The random numbers of an iteration. */
export type IterationDraws = Record<PhaseName, PhaseDraws>;

/** What the images of a batch are conditioned on. */
type DrawnConditions = Pick<PhaseDraws, 'classes' | 'scales'>;

const STREAMS = ['z', 'sigma', 'noise', 'labels', 'dropout'];

/** The random streams of a run: everything that its two phases draw. */
export class ScoreDraws<O extends ScoreOptions> {
  private readonly step: ScoreStep<O>;
  private readonly generator: TrainableGenerator;
  private readonly prior: LabelPrior;
  private readonly options: O;
  private readonly augmentation: Augmentation | null;
  private readonly rows: Share;
  private readonly streams: RandomStreams<string>;

  /** @param rows the images of a batch that are needed: latents and noise of the others are not made. Left out, all */
  constructor(
    step: ScoreStep<O>,
    { generator, prior }: { generator: TrainableGenerator; prior: LabelPrior },
    options: O,
    augmentation: Augmentation | null,
    rows: Share = { start: 0, end: options.batch },
  ) {
    this.step = step;
    this.prior = prior;
    this.generator = generator;
    this.options = options;
    this.augmentation = augmentation;
    this.rows = rows;
    const further = [step.fakeScore, step.generator].flatMap(({ draws = {} }) => Object.keys(draws));
    const own = [
      ...(augmentation === null ? [] : ['augment']),
      ...(isScaleRange(options.guidance) ? ['guidance'] : []),
      ...(fakeGuidance(options).labelDropout > 0 ? ['labelDropout'] : []),
    ];
    const names = [...STREAMS, ...own, ...new Set(further)];
    this.streams = new RandomStreams(options.seed, step.name, names);
  }

  /** Draws the next iteration. */
  next(): IterationDraws {
    const { fakeScore, generator } = this.step;
    const first = this.phase(fakeScore, this.conditions());
    // The fake score network learns the generator's images under the labels that they were made with.
    const shared = phasePolicies(this.step, this.options).generator.labels === 'shared';
    const kept = this.kept();
    return { fakeScore: { ...first, ...kept }, generator: this.phase(generator, shared ? first : this.conditions()) };
  }

  /**
   * Augments images in place.
   *
   * @returns the augmentation labels, count * labelDim numbers
   */
  augment(images: HostImages): Float32Array {
    return this.augmentation!.augment(images, this.streams.get('augment'));
  }

  state(): Record<string, RngState> {
    return this.streams.state();
  }

  /** @throws Error naming a stream that the state lacks; nothing is changed then */
  restore(state: Record<string, RngState>): void {
    this.streams.restore(state);
  }

  private phase<I>({ sigmas, draws = {} }: Phase<O, I>, { classes, scales }: DrawnConditions): PhaseDraws {
    const { generator, options, rows } = this;
    const { batch } = options;
    const pixels = generator.imgResolution ** 2 * generator.imgChannels;
    const further = Object.entries(draws).map(([name, { draw }]) => [
      name,
      draw(this.streams.get(name), batch, options, generator),
    ]);
    return {
      classes,
      scales,
      z: generator.sampleLatents(this.streams.get('z'), batch, rows).data,
      sigma: sigmas(this.streams.get('sigma'), batch, options),
      noise: this.streams.get('noise').normal(batch * pixels, { start: rows.start * pixels, end: rows.end * pixels }),
      masks: MaskRng.draw(this.streams.get('dropout')),
      further: Object.fromEntries(further) as Record<string, Float32Array>,
    };
  }

  private conditions(): DrawnConditions {
    const { batch, guidance } = this.options;
    const uniform = (n: number, low: number, high: number) => this.streams.get('guidance').uniform(n, low, high);
    return {
      classes: this.prior.draw(this.streams.get('labels'), batch),
      ...(isScaleRange(guidance) && { scales: drawScales(guidance, batch, uniform) }),
    };
  }

  /** Which labels the fake score network's phase keeps. */
  private kept(): Pick<PhaseDraws, 'kept'> {
    const { labelDropout } = fakeGuidance(this.options);
    if (labelDropout === 0) return {};
    const uniform = this.streams.get('labelDropout').uniform(this.options.batch);
    return { kept: Float32Array.from(uniform, (u) => (u < labelDropout ? 0 : 1)) };
  }
}
