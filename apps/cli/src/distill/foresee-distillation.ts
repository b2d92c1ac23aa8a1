import { methodCost } from 'onestep';
import type { DenoiserNetwork, Method } from '@onestep/diffusion-core';
import { foreseeTraining, type Foresight } from '../memory/foresee-training.js';
import type { DistillOptions } from './distill-options.js';

const SMALLER = 'A smaller teacher, or fewer images in a step (--batch), take less.';

/** Estimates the memory and the time of a distillation before it starts. Nothing is known of networks of one's own. */
export async function foreseeDistillation(
  method: Method,
  {
    options,
    methodOptions,
    teacher,
  }: {
    options: DistillOptions;
    methodOptions: Readonly<Record<string, unknown>>;
    teacher: DenoiserNetwork;
  },
): Promise<Foresight> {
  const { batch, batchGpu } = methodOptions;
  const asked = typeof batchGpu === 'number' ? batchGpu : undefined;
  if (teacher.cost === undefined || typeof batch !== 'number') return { batchGpu: asked, notes: [] };
  const work = { ...methodCost(method), network: teacher.cost, batch, batchGpu: asked };
  return foreseeTraining({ ...work, totalKimg: options.duration * 1000 }, { smaller: SMALLER, always: options.dryRun });
}
