import type { Denoiser } from '../denoiser.js';

/** What images a network is for. */
export type ImagesOf = Pick<Denoiser, 'imgResolution' | 'imgChannels' | 'labelDim'>;

/** In words: `32x32x3 images of 10 classes`. */
export const describeImages = ({ imgResolution: size, imgChannels, labelDim }: ImagesOf): string =>
  `${size}x${size}x${imgChannels} images of ${labelDim} classes`;

/**
 * @param name of the network, for the message
 * @throws RangeError if it is for other images than the teacher
 */
export function checkSameImages(name: string, network: ImagesOf, teacher: ImagesOf): void {
  const [own, wanted] = [describeImages(network), describeImages(teacher)];
  if (own !== wanted) throw new RangeError(`The ${name} is for ${own}, and the teacher for ${wanted}.`);
}
