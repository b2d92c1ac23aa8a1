import { methodCost } from 'onestep';
import {
  emaLengths,
  hasOwnLatents,
  type DenoiserNetwork,
  type EmaOptions,
  type Generator,
  type Method,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { foreseeTraining, type Foresight } from '../memory/foresee-training.js';
import type { DistillOptions } from './distill-options.js';
import { addFurtherWork, withStudent } from './further-cost.js';
import { isPerceptual } from './open-pairs.js';

const SMALLER = 'A smaller teacher, or fewer images in a step (--batch), take less.';

/** Estimates the memory and the time of a distillation before it starts. Nothing is known of networks of one's own. */
export async function foreseeDistillation(
  method: Method,
  {
    options,
    methodOptions,
    teacher,
    weaker,
    generator,
  }: {
    options: DistillOptions;
    methodOptions: Readonly<Record<string, unknown>>;
    teacher: DenoiserNetwork;
    /** The network that guides, if there is one. */
    weaker?: DenoiserNetwork;
    /** The student, where it is not a copy of the teacher. */
    generator?: Generator;
  },
): Promise<Foresight> {
  const { batch, batchGpu } = methodOptions;
  const asked = typeof batchGpu === 'number' ? batchGpu : undefined;
  const unknown = { batchGpu: asked, notes: [] };
  if (teacher.cost === undefined || typeof batch !== 'number') return unknown;
  const own = generator !== undefined && hasOwnLatents(generator);
  const { cost: ownCost } = (own ? generator : {}) as Partial<TrainableGenerator>;
  if (own && ownCost === undefined) return unknown;
  const { emaHalfLifeKimg } = methodOptions;
  // A method of one's own may average in another way.
  const emas = emaHalfLifeKimg === undefined ? 1 : emaLengths(methodOptions as unknown as EmaOptions).length;
  const cost = addFurtherWork(
    withStudent(methodCost(method, methodOptions, generator), teacher.cost, ownCost),
    teacher.cost,
    {
      hasRegression: options.regressionPairs !== undefined,
      perceptualSide: isPerceptual(options, methodOptions) ? perceptualSide(options, methodOptions, teacher) : null,
      weaker: weaker?.cost,
    },
  );
  const work = { ...cost, network: teacher.cost, batch, batchGpu: asked, emas };
  return foreseeTraining({ ...work, totalKimg: options.duration * 1000 }, { smaller: SMALLER, always: options.dryRun });
}

/** Side of the images that LPIPS compares. Consistency methods enlarge small ones, as published. */
function perceptualSide(
  { lpipsResize }: DistillOptions,
  { lossNorm }: Readonly<Record<string, unknown>>,
  { imgResolution }: DenoiserNetwork,
): number {
  return lpipsResize ?? (lossNorm === 'lpips' && imgResolution < 256 ? 224 : imgResolution);
}
