import * as tf from '@tensorflow/tfjs-core';
import { Parameter, RAdam } from '@onestep/nn';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { relativeError } from '../fixture-tensors.js';

/** From the README of the fixtures: ten updates of RAdam. */
const TOLERANCE = 1e-6;

/** Settings of a run, as PyTorch names them. */
interface Run {
  betas: [beta1: number, beta2: number];
  eps: number;
  lr: number;
  weight_decay: number;
}

/** Parameters after each update of RAdam, from given gradients: `<run>.grad.<i>` gives `<run>.after.<i>`. */
export const radam: Check = {
  name: 'radam',
  recognizes: ({ metadata }) => metadata.method === 'RAdam',
  compare(file) {
    const runs = JSON.parse(file.metadata.runs!) as Record<string, Run>;
    return Promise.resolve(Object.entries(runs).flatMap(([name, run]) => compareRun(file, name, run)));
  },
};

function compareRun(file: FixtureFile, name: string, { betas, eps, lr, weight_decay: weightDecay }: Run): Comparison[] {
  const parameter = new Parameter(tensor(file, `${name}.initial`));
  const optimizer = new RAdam(new Map([['p', parameter]]), {
    beta1: betas[0],
    beta2: betas[1],
    epsilon: eps,
    weightDecay,
  });
  const results: Comparison[] = [];
  for (let step = 0; `${name}.after.${step}` in file.tensors; step++) {
    const gradient = tensor(file, `${name}.grad.${step}`);
    optimizer.step([gradient], lr);
    gradient.dispose();
    const expected = tensorOf(file, `${name}.after.${step}`).data as Float32Array;
    const error = relativeError(parameter.variable.dataSync() as Float32Array, expected);
    results.push({ quantity: `run ${name}, step ${step + 1}`, error, tolerance: TOLERANCE, group: `run ${name}` });
  }
  optimizer.dispose();
  parameter.dispose();
  return results;
}

function tensor(file: FixtureFile, name: string): tf.Tensor {
  const { shape, data } = tensorOf(file, name);
  return tf.tensor(data as Float32Array, [...shape]);
}
