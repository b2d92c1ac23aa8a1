import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter } from '@onestep/nn';
import { AdaptiveAugmentation, augment, uploadAugmentations, type RandomSource } from '@onestep/stylegan2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { hostImages, imagesFrom, relativeError, toFileOrder } from '../fixture-tensors.js';

/** A run of the file: its settings, and the kinds of its random numbers. */
interface Run {
  p: number;
  kwargs: Record<string, number>;
  random_kinds: ('normal' | 'uniform')[];
}

/** The augmentation pipe of StyleGAN2-ADA alone: augmented images, and the gradient of the images before. */
export const stylegan2Augmentation: Check = {
  name: 'stylegan2-augmentation',
  recognizes: ({ tensors, metadata }) => metadata.runs !== undefined && 'Hz_geom' in tensors,
  async compare(file) {
    const runs = JSON.parse(file.metadata.runs!) as Record<string, Run>;
    const comparisons: Comparison[] = [];
    for (const [name, run] of Object.entries(runs)) comparisons.push(...(await compareRun(file, name, run)));
    return comparisons;
  },
};

/** Replays the random numbers of a run, in order. */
function recordedNumbers(file: FixtureFile, name: string, { random_kinds: kinds }: Run): RandomSource {
  let next = 0;
  const take = (kind: string, n: number): Float32Array => {
    const at = next++;
    if (kinds[at] !== kind) throw new Error(`${name}: draw ${at} is ${kinds[at]}, not ${kind}.`);
    const tensor = tensorOf(file, `${name}.random.${at}`);
    const values = tensor.shape.length === 4 ? hostImages(tensor) : (tensor.data as Float32Array);
    if (values.length !== n) throw new Error(`${name}: draw ${at} has ${values.length} numbers, not ${n}.`);
    return values;
  };
  return { normal: (n) => take('normal', n), uniform: (n) => Float64Array.from(take('uniform', n)) };
}

async function compareRun(file: FixtureFile, name: string, run: Run): Promise<Comparison[]> {
  const tensor = (part: string) => tensorOf(file, `${name}.${part}`);
  const [n, channels, size] = tensor('x').shape as [number, number, number];
  const augmentation = new AdaptiveAugmentation(run.kwargs, { size, channels });
  const tensors = uploadAugmentations(augmentation.draw(recordedNumbers(file, name, run), n, run.p));
  const x = new Parameter(imagesFrom(tensor('x')));
  const cotangent = imagesFrom(tensor('cotangent'));
  const { loss, grads, aux } = lossAndGrads(() => {
    const y = augment(x.variable as tf.Tensor as tf.Tensor4D, tensors);
    return { loss: tf.sum(tf.mul(y, cotangent)) as tf.Scalar, aux: { y } };
  }, [x]);
  const error = async (actual: tf.Tensor, part: string) =>
    relativeError(await toFileOrder(actual as tf.Tensor4D), tensor(part).data as Float32Array);
  const comparisons = [
    { quantity: `${name}: augmented images`, error: await error(aux.y, 'y'), tolerance: 1e-5 },
    { quantity: `${name}: gradient of the images`, error: await error(grads[0]!, 'grad.x'), tolerance: 5e-5 },
  ];
  x.dispose();
  tf.dispose([tensors as tf.TensorContainer, cotangent, loss, grads, aux]);
  return comparisons;
}
