import type { ImageShape } from '../distillation/student.js';
import type { PairGuidance } from './pair-guidance.js';

/** Pairs of noise and the image that a teacher makes of it, in host memory. */
export interface PairBatch {
  /** Unit noise where the teacher's path begins, [count, H, W, C] row-major. */
  noise: Float32Array;
  /** Where the path ends, [count, H, W, C] row-major, about [-1, 1]. */
  images: Float32Array;
  /** [count, labelDim] row-major; null for an unconditional teacher. */
  labels: Float32Array | null;
  /** Number of pairs. */
  count: number;
}

/** An endless stream of pairs that can be resumed exactly. `labels` are those that the pairs were made with. */
export interface PairBatchSource extends Readonly<ImageShape> {
  /** The guidance that the images were made with; left out, none. */
  readonly guidance?: PairGuidance;
  /** Returns the next `count` pairs. */
  next(count: number): Promise<PairBatch>;
  /** Returns JSON from which {@link PairBatchSource.restore} resumes after the last pair returned. */
  state(): unknown;
  /** Resumes from a state. @throws if it belongs to other pairs */
  restore(state: unknown): void;
}
