import * as tf from '@tensorflow/tfjs-core';
import { loadPublishedNetwork } from '@onestep/edm';
import {
  isModule,
  moduleStateDict,
  TorchTensor,
  toFloat32,
  type HostTensor,
  type PythonObject,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';
import { openTorchFile } from '@onestep/checkpoint/node';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, matrixFrom, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';

/** Keys under which snapshots hold the network. */
const NETWORK_KEYS = ['ema', 'net', 'G_ema'];

/** PyTorch files: every tensor bit by bit, and a denoiser's output. A file without reference numbers only has to be readable. */
export const pickles: Check = {
  name: 'pickles',
  recognizes: ({ path }) => /\.(pkl|pth)$/.test(path),
  compare: comparePickle,
};

async function comparePickle(file: FixtureFile): Promise<Comparison[]> {
  const contents = await openTorchFile(file.path);
  const expected = withPrefix(file.tensors, 'param.', 'buffer.');
  const names = Object.keys(expected);
  if (names.length === 0) return [readAll(contents)];

  const actual = moduleStateDict(networkOf(contents), file.path);
  const comparisons = names.map((name) => compareTensor(name, actual, expected));
  for (const name of Object.keys(actual).filter((key) => !(key in expected)))
    comparisons.push({ quantity: `unexpected ${name}`, error: Infinity, tolerance: 0 });
  if ('y' in file.tensors && 'sigma' in file.tensors) comparisons.push(await compareOutput(file, contents));
  return comparisons;
}

function networkOf(contents: PythonValue): PythonObject {
  const candidates = contents instanceof Map ? NETWORK_KEYS.map((key) => contents.get(key)) : [contents];
  const network = candidates.find(isModule);
  if (network === undefined) throw new Error(`No network under any of the keys ${NETWORK_KEYS.join(', ')}.`);
  return network;
}

function compareTensor(name: string, actual: StateDict, expected: StateDict): Comparison {
  const [found, reference] = [actual[name], expected[name]!];
  // NumPy wrote the reference numbers and turns a scalar into an array of one element.
  const shape = (tensor: HostTensor) => tensor.shape.join() || '1';
  const isSame = found !== undefined && shape(found) === shape(reference);
  const error = isSame ? relativeError(toFloat32(found), toFloat32(reference)) : Infinity;
  return { quantity: name, error, tolerance: 0, group: 'tensors, bit by bit' };
}

async function compareOutput(file: FixtureFile, contents: PythonValue): Promise<Comparison> {
  const network = loadPublishedNetwork(contents, file.path);
  const labels = file.tensors.class_labels;
  const output = tf.tidy(() =>
    network.denoise(imagesFrom(tensorOf(file, 'x')), tf.tensor1d(tensorOf(file, 'sigma').data as Float32Array), {
      labels: labels && matrixFrom(labels),
    }),
  );
  const error = relativeError(await toFileOrder(output), tensorOf(file, 'y').data as Float32Array);
  network.dispose();
  output.dispose();
  return { quantity: 'output', error, tolerance: TOLERANCES.output };
}

/** Reads every tensor where there are no reference numbers. */
function readAll(contents: PythonValue): Comparison {
  const tensors = tensorsIn(contents);
  const bad = tensors.filter((tensor) => !toFloat32(tensor).every(Number.isFinite));
  return { quantity: `tensors read: ${tensors.length}`, error: bad.length, tolerance: 0 };
}

function tensorsIn(value: PythonValue): TorchTensor[] {
  if (value instanceof TorchTensor) return [value];
  if (isModule(value)) return Object.values(moduleStateDict(value, 'file')) as TorchTensor[];
  return value instanceof Map ? [...value.values()].flatMap(tensorsIn) : [];
}
