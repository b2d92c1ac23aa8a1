import { describeEncoder } from '../conditions/caption-encoder.js';
import { hasClasses, nameLabels, type Labeled, type TrainingLabels } from '../conditions/training-labels.js';
import type { Generator, TrainableGenerator } from '../generator.js';
import { isNetwork, type Denoiser, type DenoiserNetwork } from '../denoiser.js';

/**
 * The shape of a network's images, and its labels.
 *
 * @internal
 */
export type ImageShape = Pick<Denoiser, 'imgResolution' | 'imgChannels'> & Labeled;

/**
 * Describes an image shape in words: `32x32x3 images of 10 classes`, `32x32x3 images with label vectors of 2 numbers`.
 *
 * @internal
 */
export function describeImages(network: ImageShape): string {
  const { imgResolution: size, imgChannels, labelDim } = network;
  const isOfClasses = labelDim === 0 || hasClasses(network);
  const { encoder } = network.labels ?? {};
  const words = encoder === undefined ? '' : ` encoded by ${describeEncoder(encoder)}`;
  const labels = isOfClasses ? `of ${labelDim} classes` : `with ${nameLabels(network)}${words}`;
  return `${size}x${size}x${imgChannels} images ${labels}`;
}

/**
 * Checks that a network makes the teacher's kind of images.
 *
 * @param name the network's, for the message
 * @throws RangeError if its images have another shape or number of classes
 */
export function checkSameImages(name: string, network: ImageShape, teacher: ImageShape): void {
  if (areSameImages(network, teacher)) return;
  throw new RangeError(
    `The ${name} makes ${describeImages(network)}, and the teacher makes ${describeImages(teacher)}.`,
  );
}

/**
 * Whether two networks make the same kind of images. A network that does not state its kind of labels fits either kind.
 *
 * @internal
 */
export function areSameImages(a: ImageShape, b: ImageShape): boolean {
  const haveSameKind = a.labels === undefined || b.labels === undefined || areSameKind(a.labels, b.labels);
  return (['imgResolution', 'imgChannels', 'labelDim'] as const).every((name) => a[name] === b[name]) && haveSameKind;
}

/** Captions are the same kind of labels if they are encoded alike. */
function areSameKind(a: TrainingLabels, b: TrainingLabels): boolean {
  return a.kind === b.kind && JSON.stringify(a.encoder) === JSON.stringify(b.encoder);
}

/**
 * Checks that a generator can be trained further by methods that see nothing of it but noise, labels and images.
 *
 * @returns the generator
 * @throws RangeError if its images are not the teacher's kind, or only the method that made it can train it
 */
export function checkTrainable(generator: Generator, teacher: ImageShape): TrainableGenerator {
  checkSameImages('generator', generator, teacher);
  if (isTrainable(generator)) return generator;
  throw new RangeError(
    'This generator takes more than noise and labels, such as a scale of guidance: only the method that made it trains it.',
  );
}

function isTrainable(generator: Generator): generator is TrainableGenerator {
  return 'module' in generator && 'settings' in generator && 'clone' in generator;
}

/**
 * A copy of the teacher, for a method without a network of its own.
 *
 * @param argument name of the argument that can be passed instead
 * @throws RangeError if the teacher has no weights
 */
export function copyTeacher(teacher: Denoiser, argument: string): DenoiserNetwork {
  if (isNetwork(teacher)) return teacher.clone();
  throw new RangeError(`This teacher has no weights to copy: pass your own \`${argument}\`.`);
}
