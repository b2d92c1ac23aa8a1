import type { RegressionTerm } from '../distillation/regression.js';
import type { Generator } from '../generator.js';
import type { TrainingTask } from '../training/task.js';

/** A running distillation: a training task whose product is a one-step generator. */
export interface DistillationMethod extends TrainingTask {
  /** The generator with averaged (EMA) weights. */
  readonly generator: Generator;
  /** The student: the generator that is being trained. */
  readonly student: Generator;
  /** The pairs that the student learns in addition; left out by a method that cannot. */
  readonly regression?: RegressionTerm;
  /** Frees everything but the teacher. */
  dispose(): void;
}
