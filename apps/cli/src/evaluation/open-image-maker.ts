import { currentPlace } from '../networks/network-source.js';
import type { ImageMakerOptions } from '../options/image-maker-options.js';
import { openGuidedNetwork, type GeneratedImages, type ImageNetwork, type LabelsOfSeeds } from './generated-images.js';

/** A network that makes images with chosen labels. */
export interface ImageMaker extends Omit<ImageNetwork, 'images'> {
  /** The images whose labels are chosen so. */
  images(choose: LabelsOfSeeds): GeneratedImages;
}

/**
 * Opens a network of either kind to make images with chosen labels. A diffusion model is guided; a generator that takes the
 * scale of guidance as an input is given it.
 *
 * @throws UserError naming an option that does not fit the network
 */
export async function openImageMaker(source: string, options: ImageMakerOptions): Promise<ImageMaker> {
  const opened = await openGuidedNetwork(await currentPlace(source), options);
  return { ...opened, images: (choose) => opened.images({ choose }) };
}
