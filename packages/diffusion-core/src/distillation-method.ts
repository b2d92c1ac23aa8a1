import type { Generator } from './generator.js';
import type { TrainingTask } from './training/task.js';

/** A distillation method: a task whose product is a one-step generator. */
export interface DistillationMethod extends TrainingTask {
  /** The generator with averaged (EMA) weights. */
  readonly generator: Generator;
}
