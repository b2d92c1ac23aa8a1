import { isNetwork, type Denoiser, type DenoiserNetwork } from '../denoiser.js';

/**
 * The shape of a network's images, and its number of classes.
 *
 * @internal
 */
export type ImageShape = Pick<Denoiser, 'imgResolution' | 'imgChannels' | 'labelDim'>;

/**
 * Describes an image shape in words: `32x32x3 images of 10 classes`.
 *
 * @internal
 */
export const describeImages = ({ imgResolution: size, imgChannels, labelDim }: ImageShape): string =>
  `${size}x${size}x${imgChannels} images of ${labelDim} classes`;

/**
 * Checks that a network makes the teacher's kind of images.
 *
 * @param name the network's, for the message
 * @throws RangeError if its images have another shape or number of classes
 */
export function checkSameImages(name: string, network: ImageShape, teacher: ImageShape): void {
  const [own, expected] = [describeImages(network), describeImages(teacher)];
  if (own !== expected) throw new RangeError(`The ${name} makes ${own}, and the teacher makes ${expected}.`);
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
