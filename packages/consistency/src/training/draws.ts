import {
  drawScales,
  isScaleRange,
  RandomStreams,
  type Augmentation,
  type HostImages,
  type Share,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { MaskRng, type RngState } from '@onestep/random';
import type { StudentOptions } from './options.js';
import type { Progress, StudentStep } from './student-step.js';

/** The random numbers of an iteration, for a whole batch, in host memory. */
export interface StudentDraws {
  /** Standard normal, [N, H, W, C]. */
  noise: Float32Array;
  /** Scales of guidance, [N]; left out where there is no range of them. */
  scales?: Float32Array;
  /** Source of the dropout masks. */
  masks: MaskRng;
  /** The method's draws by name, [N, ...]. */
  further: Record<string, Float32Array>;
}

const STREAMS = ['noise', 'dropout'];

/** The random streams of a run. */
export class StudentStreams<O extends StudentOptions, S extends TrainableGenerator> {
  private readonly step: StudentStep<O, S>;
  private readonly options: O;
  private readonly pixels: number;
  private readonly augmentation: Augmentation | null;
  private readonly rows: Share;
  private readonly streams: RandomStreams<string>;

  /**
   * @param pixels numbers in an image
   * @param rows the images of a batch that are needed: noise of the others is not made. Left out, all
   */
  constructor(
    step: StudentStep<O, S>,
    pixels: number,
    options: O,
    augmentation: Augmentation | null,
    rows: Share = { start: 0, end: options.batch },
  ) {
    this.step = step;
    this.options = options;
    this.pixels = pixels;
    this.augmentation = augmentation;
    this.rows = rows;
    const own = [
      ...(augmentation === null ? [] : ['augment']),
      ...(isScaleRange(options.guidance) ? ['guidance'] : []),
    ];
    const names = [...STREAMS, ...own, ...Object.keys(step.draws)];
    this.streams = new RandomStreams(options.seed, step.name, names);
  }

  /** Draws the next iteration. */
  next(progress: Progress): StudentDraws {
    const { step, options, streams, pixels, rows } = this;
    const { batch, guidance } = options;
    const uniform = (n: number, low: number, high: number) => streams.get('guidance').uniform(n, low, high);
    const further = Object.entries(step.draws).map(([name, { draw }]) => [
      name,
      draw(streams.get(name), batch, progress, options),
    ]);
    return {
      noise: streams.get('noise').normal(batch * pixels, { start: rows.start * pixels, end: rows.end * pixels }),
      ...(isScaleRange(guidance) && { scales: drawScales(guidance, batch, uniform) }),
      masks: MaskRng.draw(streams.get('dropout')),
      further: Object.fromEntries(further) as Record<string, Float32Array>,
    };
  }

  /**
   * Augments images in place.
   *
   * @returns the augmentation labels, count * labelDim numbers; undefined without augmentation
   */
  augment(images: HostImages): Float32Array | undefined {
    return this.augmentation?.augment({ ...images, rows: this.rows }, this.streams.get('augment'));
  }

  state(): Record<string, RngState> {
    return this.streams.state();
  }

  /** @throws Error naming a stream that the state lacks; nothing is changed then */
  restore(state: Record<string, RngState>): void {
    this.streams.restore(state);
  }
}
