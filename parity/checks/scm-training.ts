import { scm, scmParts, scmStep, truncatedLogNormal, type ScmOptions } from '@onestep/consistency';
import { atOnce } from '@onestep/diffusion-core';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { fixtureNetwork, parseObject } from '../fixture-network.js';
import { hostImages, withPrefix } from '../fixture-tensors.js';
import { ConsistencyComparisons, CONSISTENCY_TOLERANCES, numbersOf } from './consistency-comparisons.js';
import { NO_DATA, unusedMasks } from './consistency-run.js';

/** Some iterations of sCM, with or without a teacher. */
export const scmTraining: Check = {
  name: 'scm',
  recognizes: ({ metadata }) => metadata.method?.startsWith('sCM') ?? false,
  async compare(file) {
    const exact = await compareRun(file, 'exact');
    return [...exact, ...(await compareDifferences(file))];
  },
};

/** The row of u(sigma) in the file. */
const ROW = 'model.logvar_linear.';

async function compareRun(file: FixtureFile, jvp: ScmOptions['jvp']): Promise<Comparison[]> {
  const { method, weights, options, first } = await start(file, jvp);
  const comparisons = new ConsistencyComparisons(file);
  const { time, output, flow, loss } = CONSISTENCY_TOLERANCES;
  for (let k = 0; `iter${k}.loss` in file.tensors; k++) {
    const { real, draws, progress } = inputsOf(file, k, first + k, options);
    comparisons.numbers(
      `iter${k}.t_hat`,
      draws.sigmas.map((sigma) => Math.atan2(sigma, 0.5)),
      time,
    );
    const [inputs] = method.uploads.upload(real, draws, progress);
    const masks = method.uploads.masksOf(0);
    const parts = scmParts({ ...inputs!, masks }, method.networks, options);
    await comparisons.tensor(`iter${k}.x_t_hat`, parts.x, output);
    await comparisons.tensor(`iter${k}.dxt_dt`, parts.slope, options.useCd ? flow : output);
    await comparisons.tensor(`iter${k}.F_theta`, parts.f, flow);
    await comparisons.tensor(`iter${k}.F_theta_jvp`, parts.derivative, CONSISTENCY_TOLERANCES.jvp);
    const { losses } = scmStep.loss({ ...inputs!, masks }, method.networks, options);
    await comparisons.tensor(`iter${k}.loss`, losses, loss);
    if (k === 0) {
      const { grads } = atOnce(method.gradients([inputs!]));
      const rows = method.networks.modules.logVariance!.namedParameters();
      const renamed = [...rows].map(([name, row]) => [name.replace('linear.', ROW), row] as const);
      const parameters = new Map([...method.student.module.namedParameters(), ...renamed]);
      await comparisons.gradients('iter0.student_grad.', parameters, grads);
    }
    await method.stepWith(progress, real, draws);
  }
  const rows = await method.networks.modules.logVariance!.stateDict();
  const renamed = Object.entries(rows).map(([name, row]) => [name.replace('linear.', ROW), row]);
  const after = { ...(await method.student.module.stateDict()), ...Object.fromEntries(renamed) };
  comparisons.changes('after.student.', weights, after);
  method.dispose();
  return comparisons.all;
}

/** The derivative by differences, in the first iteration. */
async function compareDifferences(file: FixtureFile): Promise<Comparison[]> {
  const { method, options, first } = await start(file, 'differences');
  const comparisons = new ConsistencyComparisons(file);
  const { real, draws, progress } = inputsOf(file, 0, first, options);
  const [inputs] = method.uploads.upload(real, draws, progress);
  const { derivative } = scmParts({ ...inputs!, masks: method.uploads.masksOf(0) }, method.networks, options);
  const { differences } = CONSISTENCY_TOLERANCES;
  await comparisons.tensor('iter0.F_theta_jvp', derivative, differences, 'iter0.F_theta_jvp by differences');
  method.dispose();
  return comparisons.all;
}

async function start(file: FixtureFile, jvp: ScmOptions['jvp']) {
  const { metadata } = file;
  const weights = withPrefix(file.tensors, 'teacher.');
  const network = Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith(ROW)));
  const teacher = await fixtureNetwork(metadata, network, { dropout: 0 });
  const loss = parseObject('loss', metadata.loss!);
  const times = parseObject('sample_t', metadata.sample_t!);
  const [beta1, beta2] = JSON.parse(metadata.betas!) as [number, number];
  const options = scm.settle({
    batch: Number(metadata.batch),
    useCd: loss.use_cd === true,
    tangentWarmup: loss.tangent_warmup_steps as number,
    tangentConst: loss.tangent_warmup_const as number,
    pMean: times.train_p_mean as number,
    pStd: times.train_p_std as number,
    sigmaMin: times.min_t as number,
    sigmaMax: times.max_t as number,
    optimizer: 'adam',
    lr: Number(metadata.lr),
    epsilon: Number(metadata.eps),
    beta1,
    beta2,
    jvp,
  });
  const method = scm.create({ teacher, data: NO_DATA, options });
  const rows = Object.entries(withPrefix(weights, ROW)).map(([name, tensor]) => [`linear.${name}`, tensor]);
  method.networks.modules.logVariance!.loadStateDict(Object.fromEntries(rows));
  return { method, weights, options, first: Number(metadata.first_iteration) };
}

function inputsOf(file: FixtureFile, k: number, iteration: number, options: ScmOptions) {
  const sigmas = truncatedLogNormal(numbersOf(file.tensors, `random.${2 * k}`), options);
  const draws = {
    noise: hostImages(tensorOf(file, `random.${2 * k + 1}`)),
    masks: unusedMasks(),
    further: { sigma: Float32Array.from(sigmas) },
    sigmas,
  };
  const real = { pixels: hostImages(tensorOf(file, `images.${k}`)), labels: null };
  return { real, draws, progress: { iteration, imagesSeen: iteration * options.batch } };
}
