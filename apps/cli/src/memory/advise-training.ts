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

/** The share of the memory that a training may take by an estimate, which is not exact. */
const SHARE = 0.9;

/** Multiplications of the images at once in a forward pass that take seconds: between them, Ctrl-C is answered. */
const PROMPT = 1e11;

/**
 * Compares a training with the memory that there is, before it starts. Where the whole batch does not fit and nothing was
 * asked for, the batch is split: that changes its memory and nothing else.
 *
 * @param work the training, with the images at once that were asked for, if any
 * @param smaller what to do where not even one image fits
 * @param flag the option with the images at once; null for a command without one; `fixed` where a training depends on them
 * @param processes number of the processes on this machine that take as much each
 */
export function adviseTraining(
  { batchGpu, ...work }: TrainingWork & { batchGpu?: number },
  smaller: string,
  flag: '--batch-gpu' | 'fixed' | null = '--batch-gpu',
  processes = 1,
): TrainingAdvice {
  const available = availableMemory().available / processes;
  const bytes = estimateTraining({ ...work, batchGpu }).total;
  const asked = { batchGpu, bytes };
  if (!usesMachineMemory() || bytes <= SHARE * available) return { ...asked, note: null };
  const [needed, there] = [bytes, available].map(formatBytes);
  const atOnce = Math.min(batchGpu ?? work.batch, work.batch);
  const takes = `${atOnce} images at once take about ${needed} of memory, and this process may have ${there}`;
  const danger = `Warning: ${takes}. The system may end it at any moment.`;
  const most = Math.max(1, Math.floor(PROMPT / work.network.multiplications));
  const fitting = largestMicroBatch(work, SHARE * available, most);
  if (flag === 'fixed' || fitting === null || fitting >= atOnce) return { ...asked, note: `${danger} ${smaller}` };
  const less = estimateTraining({ ...work, batchGpu: fitting }).total;
  const why = `about ${formatBytes(less)}; gradients are accumulated over the batch of ${work.batch}, so the training stays the same`;
  if (batchGpu !== undefined) return { ...asked, note: `${danger} ${flag} ${fitting} fits (${why}).` };
  const chosen = flag === null ? `${fitting} images are computed at once` : `${flag} ${fitting} was chosen`;
  return { batchGpu: fitting, bytes: less, note: `${chosen} (${why}): ${takes}.` };
}
