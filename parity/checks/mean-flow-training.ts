import {
  adaptiveWeight,
  meanFlow,
  meanFlowParts,
  meanFlowStep,
  meanFlowTimes,
  type MeanFlowOptions,
} from '@onestep/consistency';
import { atOnce, NetworkGenerator } from '@onestep/diffusion-core';
import * as tf from '@tensorflow/tfjs-core';
import { PreconditionedNetwork } from '@onestep/edm';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { parseObject, statedSettings } from '../fixture-network.js';
import { hostImages, withPrefix } from '../fixture-tensors.js';
import { ConsistencyComparisons, CONSISTENCY_TOLERANCES, numbersOf } from './consistency-comparisons.js';
import { NO_DATA, unusedMasks } from './consistency-run.js';

/** Some iterations of MeanFlow. */
export const meanFlowTraining: Check = {
  name: 'mean-flow',
  recognizes: ({ metadata }) => metadata.method === 'mean flow',
  compare: async (file) => [...(await compareRun(file)), ...(await compareDifferences(file))],
};

async function compareRun(file: FixtureFile): Promise<Comparison[]> {
  const { method, weights, options } = start(file, { jvp: 'exact' });
  const comparisons = new ConsistencyComparisons(file);
  const { time, output, jvp, loss } = CONSISTENCY_TOLERANCES;
  for (let k = 0; `iter${k}.loss` in file.tensors; k++) {
    const { real, draws, progress, times } = inputsOf(file, k, options);
    for (const [i, name] of ['t', 'r'].entries()) {
      comparisons.numbers(
        `iter${k}.${name}`,
        times.filter((_, at) => at % 2 === i),
        time,
      );
    }
    const [tensors] = method.uploads.upload(real, draws, progress);
    const inputs = { ...tensors!, masks: method.uploads.masksOf(0) };
    const parts = meanFlowParts(inputs, method.networks, options);
    await comparisons.tensor(`iter${k}.x_t`, parts.z, output);
    await comparisons.tensor(`iter${k}.dxt_dt`, parts.v, output);
    await comparisons.tensor(`iter${k}.u_theta`, parts.u, output);
    await comparisons.tensor(`iter${k}.u_theta_jvp`, parts.derivative, jvp);
    const errors = tf.sum(tf.squaredDifference(parts.u, parts.target), [1, 2, 3]) as tf.Tensor1D;
    await comparisons.tensor(`iter${k}.weight`, adaptiveWeight(errors, options), loss);
    await comparisons.tensor(`iter${k}.loss`, meanFlowStep.loss(inputs, method.networks, options).losses, loss);
    if (k === 0) {
      const { grads } = atOnce(method.gradients([tensors!]));
      await comparisons.gradients('iter0.student_grad.', method.student.module.namedParameters(), grads);
    }
    await method.stepWith(progress, real, draws);
  }
  comparisons.changes('after.student.', weights, await method.student.module.stateDict());
  method.dispose();
  return comparisons.all;
}

/** The derivative by differences, in the first iteration. */
async function compareDifferences(file: FixtureFile): Promise<Comparison[]> {
  const { method, options } = start(file, { jvp: 'differences' });
  const comparisons = new ConsistencyComparisons(file);
  const { real, draws, progress } = inputsOf(file, 0, options);
  const [tensors] = method.uploads.upload(real, draws, progress);
  const { derivative } = meanFlowParts({ ...tensors!, masks: method.uploads.masksOf(0) }, method.networks, options);
  const { differences } = CONSISTENCY_TOLERANCES;
  await comparisons.tensor('iter0.u_theta_jvp', derivative, differences, 'iter0.u_theta_jvp by differences');
  method.dispose();
  return comparisons.all;
}

function start(file: FixtureFile, { jvp }: Pick<MeanFlowOptions, 'jvp'>) {
  const { metadata } = file;
  const weights = withPrefix(file.tensors, 'teacher.');
  const settings = statedSettings(metadata);
  const model = { ...settings.model, endTime: 'r' as const };
  const network = new PreconditionedNetwork({ ...settings, preconditioning: { scheme: 'flow' }, model }, null);
  network.loadStateDict(weights);
  const loss = parseObject('loss', metadata.loss!);
  const [sampleT, sampleR] = [parseObject('sample_t', metadata.sample_t!), parseObject('sample_r', metadata.sample_r!)];
  const [beta1, beta2] = JSON.parse(metadata.betas!) as [number, number];
  const options = meanFlow.settle({
    batch: Number(metadata.batch),
    useCd: loss.use_cd === true,
    trSampler: 'v0',
    pMeanT: sampleT.train_p_mean as number,
    pStdT: sampleT.train_p_std as number,
    pMeanR: sampleR.train_p_mean as number,
    pStdR: sampleR.train_p_std as number,
    tmax: sampleT.max_t as number,
    ratio: sampleT.r_sample_ratio as number,
    normP: Number(String(loss.norm_method).replace('poly_', '')),
    normEps: loss.norm_const as number,
    optimizer: 'adam',
    lr: Number(metadata.lr),
    beta1,
    beta2,
    jvp,
  });
  const generator = new NetworkGenerator(network.clone(), 80);
  const method = meanFlow.create({ teacher: network, generator, data: NO_DATA, options });
  return { method, weights, options };
}

function inputsOf(file: FixtureFile, k: number, options: MeanFlowOptions) {
  const draw = (i: number) => numbersOf(file.tensors, `random.${4 * k + i}`);
  const times = meanFlowTimes(draw(0), draw(1), draw(2), options);
  const draws = {
    noise: hostImages(tensorOf(file, `random.${4 * k + 3}`)),
    masks: unusedMasks(),
    further: { times: Float32Array.from(times) },
  };
  const real = { pixels: hostImages(tensorOf(file, `images.${k}`)), labels: null };
  return { real, draws, times, progress: { iteration: k, imagesSeen: k * options.batch } };
}
