import {
  drawScales,
  isScaleRange,
  type GuidanceScale,
  type LabelPrior,
  type RandomStreams,
  type Share,
} from '@onestep/diffusion-core';

/** The random numbers of one step, in host memory. */
export interface BootDraws {
  /** [N, pixels] standard normal: where the paths begin. */
  eps: Float32Array;
  /** [N] uniform in (0, 1): positions in time, from t_min to t_max. */
  place: Float64Array;
  /** [N] numbers of the labels: classes, or rows of the label prior; empty if unconditional. */
  classes: Int32Array;
  /** [N] scales of guidance; empty where there is no range of them. */
  guidance: Float32Array;
}

/** What to draw. */
export interface DrawShape {
  batch: number;
  /** Numbers in an image. */
  pixels: number;
  prior: LabelPrior;
  guidance: GuidanceScale | null;
  /** The images of the batch whose noise is needed. */
  rows: Share;
}

/** The random streams of a run, one for each purpose. */
export const BOOT_STREAMS = ['eps', 't', 'labels', 'guidance'] as const;
export type BootStreams = RandomStreams<(typeof BOOT_STREAMS)[number]>;

/** Draws the numbers of the next step. */
export function bootDraws(streams: BootStreams, { batch, pixels, prior, rows, ...shape }: DrawShape): BootDraws {
  return {
    eps: streams.get('eps').normal(batch * pixels, { start: rows.start * pixels, end: rows.end * pixels }),
    place: streams.get('t').uniform(batch),
    classes: prior.draw(streams.get('labels'), batch),
    guidance: drawGuidance(streams, batch, shape.guidance),
  };
}

function drawGuidance(streams: BootStreams, batch: number, guidance: GuidanceScale | null): Float32Array {
  if (!isScaleRange(guidance)) return new Float32Array(0);
  return drawScales(guidance, batch, (n, low, high) => streams.get('guidance').uniform(n, low, high));
}
