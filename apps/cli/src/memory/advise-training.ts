import { estimateTraining, largestMicroBatch, type TrainingWork } from 'onestep';
import { availableMemory } from 'onestep/node';
import { formatBytes } from '../terminal/format.js';
import { usesMachineMemory } from './machine-engine.js';

/** What to do about the memory of a training. */
export interface TrainingAdvice {
  /** Images at once: those asked for, or as many as fit. */
  batchGpu: number | undefined;
  /** One line on what was chosen, or a warning; null if all fits. */
  note: string | null;
  /** The memory that it takes then, in bytes. */
  bytes: number;
}

/**
 * Compares a training with the memory that there is, before it starts. Where the whole batch does not fit and nothing was
 * asked for, the batch is split: that changes its memory and nothing else.
 *
 * @param work the training, with the images at once that were asked for, if any
 * @param smaller what to do where not even one image fits
 */
export function adviseTraining(
  { batchGpu, ...work }: TrainingWork & { batchGpu?: number },
  smaller: string,
): TrainingAdvice {
  const { available } = availableMemory();
  const bytes = estimateTraining({ ...work, batchGpu }).total;
  const asked = { batchGpu, bytes };
  if (!usesMachineMemory() || bytes <= available) return { ...asked, note: null };
  const [needed, there] = [bytes, available].map(formatBytes);
  const atOnce = batchGpu ?? work.batch;
  const takes = `${atOnce} images at once take about ${needed} of memory, and this process may have ${there}`;
  const fitting = largestMicroBatch(work, available);
  if (fitting === null || fitting >= atOnce) {
    return { ...asked, note: `Warning: ${takes}. The system may end it at any moment. ${smaller}` };
  }
  const less = estimateTraining({ ...work, batchGpu: fitting }).total;
  const why = `about ${formatBytes(less)}; gradients are accumulated over the batch of ${work.batch}, so the training stays the same`;
  return batchGpu === undefined
    ? { batchGpu: fitting, bytes: less, note: `--batch-gpu ${fitting} was chosen (${why}): ${takes}.` }
    : {
        ...asked,
        note: `Warning: ${takes}. The system may end it at any moment. --batch-gpu ${fitting} fits (${why}).`,
      };
}
