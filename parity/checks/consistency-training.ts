import {
  cd,
  cdMove,
  cdStep,
  ct,
  ctMove,
  ctStep,
  evaluatePair,
  intervalLevels,
  scalesAt,
  type CdOptions,
  type ConsistencyGenerator,
  type CtOptions,
  type Move,
  type StudentInputs,
  type StudentTraining,
} from '@onestep/consistency';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { hostImages, withPrefix } from '../fixture-tensors.js';
import { RandomImages } from '../../test-support/given-data.js';
import { compareIterations, CONSISTENCY_TOLERANCES, metadataNumber, numbersOf } from './student-iterations.js';

/** Iterations of consistency distillation and consistency training. */
export const consistencyTraining: Check = {
  name: 'consistency',
  recognizes: ({ metadata }) => METHODS.includes(metadata.method ?? ''),
  async compare(file) {
    const teacher = await fixtureNetwork({ ...file.metadata, precond: 'edm' }, withPrefix(file.tensors, 'teacher.'));
    const options = readOptions(file);
    const args = { teacher, data: new RandomImages(teacher, options.batch) };
    if (file.metadata.method === METHODS[0]) {
      const distillation = { ...options, solver: file.metadata.solver as CdOptions['solver'] };
      const run = cd.create({ ...args, options: distillation });
      const settled = cd.settle(distillation);
      const loss = (inputs: StudentInputs) => cdStep.loss(inputs, run.networks, settled).losses;
      return compareRun(file, run, settled, { loss, move: (inputs) => cdMove(inputs, run.networks, settled) });
    }
    const run = ct.create({ ...args, options });
    const settled = ct.settle(options);
    const loss = (inputs: StudentInputs) => ctStep.loss(inputs, run.networks, settled).losses;
    return compareRun(file, run, settled, { loss, move: (inputs) => ctMove(inputs, run.networks, settled) });
  },
};

const METHODS = ['consistency distillation', 'consistency training'];

function compareRun<O extends CtOptions>(
  file: FixtureFile,
  run: StudentTraining<O, ConsistencyGenerator>,
  options: O,
  {
    loss,
    move,
  }: {
    loss: (inputs: StudentInputs) => ReturnType<typeof cdStep.loss>['losses'];
    move: (inputs: StudentInputs) => Move;
  },
): Promise<Comparison[]> {
  const { image, level, loss: lossTolerance } = CONSISTENCY_TOLERANCES;
  const progress = (iteration: number) => ({ iteration, imagesSeen: iteration * options.batch });
  return compareIterations(file, {
    run,
    batch: options.batch,
    progress,
    draws(k) {
      const scales = scalesAt(progress(k), options);
      // Published indices count from the highest noise level.
      const indices = numbersOf(tensorOf(file, `random.${2 * k + 1}`).data).map((index) => scales - 2 - index);
      const noise = hostImages(tensorOf(file, `random.${2 * k}`));
      return { noise, further: { levels: intervalLevels(indices, scales, options) } };
    },
    compared(inputs) {
      const { student, copies } = run.networks;
      const pair = evaluatePair(inputs, { student, target: copies.target ?? student }, move(inputs));
      return {
        student_x: { actual: pair.x, tolerance: image },
        student_sigma: { actual: pair.sigma, tolerance: level },
        student_output: { actual: pair.predicted, tolerance: image },
        target_x: { actual: pair.lowerX, tolerance: image },
        target_sigma: { actual: pair.lower, tolerance: level },
        target_output: { actual: pair.target, tolerance: image },
        loss: { actual: loss(inputs), tolerance: lossTolerance },
      };
    },
  });
}

/** Reads the options of the run. @throws naming the metadata entry that is not a number */
function readOptions(file: FixtureFile) {
  const { metadata } = file;
  const number = (name: string) => metadataNumber(file, name);
  const [beta1, beta2] = JSON.parse(metadata.betas ?? '[]') as [number, number];
  return {
    batch: number('batch'),
    lr: number('lr'),
    beta1,
    beta2,
    lossNorm: metadata.loss_norm as CtOptions['lossNorm'],
    weightSchedule: metadata.weight_schedule as CtOptions['weightSchedule'],
    targetEmaMode: metadata.target_ema_mode as CtOptions['targetEmaMode'],
    startEma: number('start_ema'),
    scaleMode: metadata.scale_mode as CtOptions['scaleMode'],
    startScales: number('start_scales'),
    endScales: number('end_scales'),
    totalTrainingSteps: number('total_training_steps'),
    sigmaMin: number('sigma_min'),
    initSigma: number('sigma_max'),
    emaMu: number('ema_rate'),
  };
}
