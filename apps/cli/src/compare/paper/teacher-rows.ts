import type { SamplerName } from '@onestep/diffusion-core';
import type { Figures } from '../cells/figures.js';

/** The teacher with a sampler. */
export interface TeacherRow extends Figures {
  sampler: SamplerName;
  steps: number;
  /** Network evaluations of an image (NFE). */
  calls: number;
}
