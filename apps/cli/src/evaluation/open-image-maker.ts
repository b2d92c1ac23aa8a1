import { checkGuidance, requireDenoiser } from '@onestep/diffusion-core';
import { currentPlace } from '../networks/network-source.js';
import { openGuidance, settleGuidance } from '../options/guidance-options.js';
import type { ImageMakerOptions } from '../options/image-maker-options.js';
import { UserError } from '../user-error.js';
import { openImageNetwork, type GeneratedImages, type ImageNetwork, type LabelsOfSeeds } from './generated-images.js';

/** A network that makes images with chosen labels. */
export interface ImageMaker extends Omit<ImageNetwork, 'images'> {
  /** The images whose labels are chosen so. */
  images(choose: LabelsOfSeeds): GeneratedImages;
}

/** Options of guidance that a one-step generator does not take, as they are typed. */
const TEACHER_ONLY = {
  weaker: '--weaker',
  guidanceInterval: '--guidance-interval',
  guidanceLimit: '--guidance-limit',
} as const;

/**
 * Opens a network of either kind to make images with chosen labels. A diffusion model is guided; a generator that takes the
 * scale of guidance as an input is given it.
 *
 * @throws UserError naming an option that does not fit the network
 */
export async function openImageMaker(source: string, options: ImageMakerOptions): Promise<ImageMaker> {
  const settled = settleGuidance(options);
  const scale = options.guidance ?? undefined;
  const opened = await openImageNetwork(await currentPlace(source), { ...options, guidance: scale });
  if (opened.isGenerator) {
    const names = Object.keys(TEACHER_ONLY) as (keyof typeof TEACHER_ONLY)[];
    const given = names.find((name) => (options[name] ?? null) !== null);
    if (given === undefined) return { ...opened, images: (choose) => opened.images({ choose }) };
    throw new UserError(
      `${TEACHER_ONLY[given]} is for a diffusion model, and ${source} is a one-step generator: leave it out.`,
      2,
    );
  }
  const denoiser = requireDenoiser(opened.network);
  const weaker = options.weaker && (await currentPlace(options.weaker));
  const { guidance, warning } = (await openGuidance(settled, { weaker }, denoiser)) ?? {};
  if (guidance !== undefined) checkGuidance(denoiser, guidance);
  const notes = warning === undefined ? opened.notes : [...opened.notes, warning];
  return { ...opened, notes, images: (choose) => opened.images({ choose, guidance }) };
}
