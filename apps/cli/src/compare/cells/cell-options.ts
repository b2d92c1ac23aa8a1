import type { SamplerName } from '@onestep/diffusion-core';
import type { CompareOptions, Comparison } from '../comparison.js';
import type { Budget } from './budget.js';

/** Options of `onestep compare` with a budget. */
export interface CellOptions extends CompareOptions {
  budget: Budget;
  /** Number of seeds, from `seed` on. */
  seeds: number;
  /** Number of measurements of each training. */
  measurements: number;
  /** Samplers with which the teacher is measured. */
  samplers: SamplerName[];
  /** Network evaluations of an image of the teacher. */
  teacherCalls: number[];
  /** Network evaluations of an image of a student that can take several. */
  studentSteps: number[];
  /** Number of pairs that the teacher makes for methods that learn from pairs; 0 for none. */
  pairs: number;
  /** Numbers of steps of the EDM sampler at which the teacher is measured in addition, where they were typed. */
  typedTeacherSteps?: number[];
}

/** A comparison with a budget under way. */
export type CellComparison = Comparison & { options: CellOptions };
