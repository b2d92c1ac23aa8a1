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
  type CtOptions,
  type StudentInputs,
} from '@onestep/consistency';
import { atOnce } from '@onestep/diffusion-core';
import { tensorOf, type Check, type FixtureFile } from '../check.js';
import { fixtureNetwork } from '../fixture-network.js';
import { hostImages, withPrefix } from '../fixture-tensors.js';
import { ConsistencyComparisons, CONSISTENCY_TOLERANCES, numbersOf } from './consistency-comparisons.js';
import { NO_DATA, readNumber, unusedMasks } from './consistency-run.js';

const DISTILLATION = 'consistency distillation';
const TRAINING = 'consistency training';

/** Some iterations of consistency distillation or consistency training. */
export const consistencyTraining: Check = {
  name: 'consistency',
  recognizes: ({ metadata }) => [DISTILLATION, TRAINING].includes(metadata.method ?? ''),
  async compare(file) {
    const { weights, run, options, pairOf, lossesOf } = await start(file);
    const comparisons = new ConsistencyComparisons(file);
    const { time, output, loss } = CONSISTENCY_TOLERANCES;
    for (let k = 0; `iter${k}.loss` in file.tensors; k++) {
      const { real, draws, progress } = inputsOf(file, k, options);
      const [tensors] = run.uploads.upload(real, draws, progress);
      const inputs = { ...tensors!, masks: run.uploads.masksOf(0) };
      const pair = pairOf(inputs);
      await comparisons.tensor(`iter${k}.student_x`, pair.x, output);
      await comparisons.tensor(`iter${k}.student_sigma`, pair.sigma, time);
      await comparisons.tensor(`iter${k}.student_output`, pair.predicted, output);
      await comparisons.tensor(`iter${k}.target_x`, pair.lowerX, output);
      await comparisons.tensor(`iter${k}.target_sigma`, pair.lower, time);
      await comparisons.tensor(`iter${k}.target_output`, pair.target, output);
      await comparisons.tensor(`iter${k}.loss`, lossesOf(inputs), loss);
      if (k === 0) {
        const { grads } = atOnce(run.gradients([tensors!]));
        await comparisons.gradients('iter0.student_grad.', run.student.module.namedParameters(), grads);
      }
      await run.stepWith(progress, real, draws);
    }
    const networks = { student: run.student, target: run.networks.copies.target, ema: run.generator };
    for (const [name, network] of Object.entries(networks)) {
      const prefix = `after.${name}.`;
      if (network === undefined || Object.keys(withPrefix(file.tensors, prefix)).length === 0) continue;
      comparisons.changes(prefix, weights, await network.module.stateDict());
    }
    run.dispose();
    return comparisons.all;
  },
};

/** The method of the file, before its first iteration. */
async function start(file: FixtureFile) {
  const { metadata } = file;
  const weights = withPrefix(file.tensors, 'teacher.');
  const teacher = await fixtureNetwork({ ...metadata, precond: 'edm' }, weights, { dropout: 0 });
  const args = { teacher, data: NO_DATA };
  if (metadata.method === DISTILLATION) {
    const options = cd.settle({ ...readOptions(file), solver: metadata.solver as CdOptions['solver'] });
    const run = cd.create({ ...args, options });
    const moveOf = (inputs: StudentInputs) => cdMove(inputs, run.networks, options);
    const lossesOf = (inputs: StudentInputs) => cdStep.loss(inputs, run.networks, options).losses;
    return { weights, run, options, pairOf: pairs(run, moveOf), lossesOf };
  }
  const options = ct.settle(readOptions(file));
  const run = ct.create({ ...args, options });
  const moveOf = (inputs: StudentInputs) => ctMove(inputs, run.networks, options);
  const lossesOf = (inputs: StudentInputs) => ctStep.loss(inputs, run.networks, options).losses;
  return { weights, run, options, pairOf: pairs(run, moveOf), lossesOf };
}

/** Evaluates the student and the target. A target with a decay of 0 is the student itself. */
function pairs(
  { networks: { student, copies } }: Pick<ReturnType<typeof ct.create>, 'networks'>,
  moveOf: (inputs: StudentInputs) => ReturnType<typeof cdMove>,
) {
  return (inputs: StudentInputs) => evaluatePair(inputs, { student, target: copies.target ?? student }, moveOf(inputs));
}

function inputsOf(file: FixtureFile, k: number, options: CtOptions) {
  const progress = { iteration: k, imagesSeen: k * options.batch };
  const scales = scalesAt(progress, options);
  // Published indices count from the highest noise level.
  const published = Array.from(numbersOf(file.tensors, `random.${2 * k + 1}`), Number);
  const levels = intervalLevels(
    published.map((index) => scales - 2 - index),
    scales,
    options,
  );
  const draws = {
    noise: hostImages(tensorOf(file, `random.${2 * k}`)),
    masks: unusedMasks(),
    further: { levels },
  };
  return { real: { pixels: hostImages(tensorOf(file, `images.${k}`)), labels: null }, draws, progress };
}

/** Reads the options of the run. @throws naming the metadata entry that is not a number */
function readOptions({ metadata }: FixtureFile) {
  const [beta1, beta2] = JSON.parse(metadata.betas ?? '[]') as [number, number];
  return {
    batch: readNumber(metadata, 'batch'),
    lr: readNumber(metadata, 'lr'),
    beta1,
    beta2,
    lossNorm: metadata.loss_norm as CtOptions['lossNorm'],
    weightSchedule: metadata.weight_schedule as CtOptions['weightSchedule'],
    targetEmaMode: metadata.target_ema_mode as CtOptions['targetEmaMode'],
    startEma: readNumber(metadata, 'start_ema'),
    scaleMode: metadata.scale_mode as CtOptions['scaleMode'],
    startScales: readNumber(metadata, 'start_scales'),
    endScales: readNumber(metadata, 'end_scales'),
    totalTrainingSteps: readNumber(metadata, 'total_training_steps'),
    sigmaMin: readNumber(metadata, 'sigma_min'),
    initSigma: readNumber(metadata, 'sigma_max'),
    emaMu: readNumber(metadata, 'ema_rate'),
  };
}
