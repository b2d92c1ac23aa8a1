import {
  hasClasses,
  nameLabels,
  PixelGenerator,
  type DenoiserNetwork,
  type PixelSettings,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

/** The word for pictures in place of a generator: {@link createPictures}. */
export const PICTURES = 'pixels';
/** Pictures of each class, as many as a row of a run's grid has. */
const OF_A_CLASS = 10;
/** Pictures without classes, as many as a run's grid has. */
const OF_NO_CLASS = 100;

/**
 * Makes pictures of noise that a method optimizes, in place of a generator's weights: ten of each class of the teacher, or a hundred.
 *
 * @throws RangeError if the teacher takes label vectors or captions, which are not counted
 */
export function createPictures(teacher: DenoiserNetwork, seed: number): PixelGenerator {
  const { imgResolution, imgChannels, labelDim, labels, classNames } = teacher;
  if (labelDim > 0 && !hasClasses(teacher)) {
    throw new RangeError(
      `This teacher takes ${nameLabels(teacher)}: ${PICTURES} are for classes. Train a copy of the teacher instead.`,
    );
  }
  const settings: PixelSettings = {
    imgResolution,
    imgChannels,
    labelDim,
    model: { type: 'pixels', pictures: labelDim > 0 ? OF_A_CLASS : OF_NO_CLASS },
    ...(classNames !== undefined && { classNames }),
    ...(labels !== undefined && { labels }),
  };
  return new PixelGenerator(settings, new Rng(seed, PICTURES));
}
