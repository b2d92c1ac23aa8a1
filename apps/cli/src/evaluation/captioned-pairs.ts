import { readCaptionedImages } from '@onestep/datasets';
import { describeEncoder, isExternal } from '@onestep/diffusion-core';
import type { ImageCaptionPair } from '@onestep/metrics';
import { currentPlace } from '../networks/network-source.js';
import { openPrompts } from '../networks/open-prompts.js';
import type { ImageMakerOptions } from '../options/image-maker-options.js';
import { UserError } from '../user-error.js';
import { openImageNetwork } from './generated-images.js';

/** Images with their captions. */
export interface CaptionedPairs {
  /** Number of pairs; NaN until it is known. */
  count: number;
  /** Where the images come from. */
  description: string;
  /** Lines for the user. */
  notes: string[];
  read(signal: AbortSignal): AsyncGenerator<ImageCaptionPair>;
}

/**
 * Images of a file or folder with their captions.
 *
 * @param prompts captions in place of those of the images, one each, in their order
 */
export function pairsInFiles(path: string, prompts: readonly string[] | undefined): CaptionedPairs {
  return {
    count: prompts?.length ?? NaN,
    description: `from ${path}`,
    notes: [],
    async *read(signal) {
      let done = 0;
      for await (const { name, caption: own, total: _, ...image } of readCaptionedImages(path, signal)) {
        const caption = prompts === undefined ? own : prompts[done];
        if (caption == null) throw uncaptioned(path, name, prompts?.length);
        yield { image, caption };
        done += 1;
      }
      if (prompts !== undefined && done < prompts.length) {
        throw new UserError(`${path} has ${done} images, and --prompts ${prompts.length} captions: an image each.`);
      }
    },
  };
}

/**
 * Images that a network makes of captions, one each.
 *
 * @throws UserError if it does not take captions, or takes those of a text encoder that is not part of its file
 */
export async function pairsOfNetwork(
  source: string,
  prompts: readonly string[],
  options: ImageMakerOptions,
): Promise<CaptionedPairs> {
  const maker = await openImageNetwork(await currentPlace(source), options);
  const { labels } = maker.network;
  if (labels?.kind === 'captions' && isExternal(labels.encoder!)) {
    // Here --text-encoder is what measures.
    throw new UserError(
      `${source} takes captions encoded by ${describeEncoder(labels.encoder)}: make its images with "onestep generate" or ` +
        '"onestep edm generate", --prompts and --text-encoder, and give their folder with --images.',
    );
  }
  const { notes } = openPrompts(maker.network, prompts);
  const { seed } = options;
  const images = maker.images({ choose: (seeds) => ({ prompts: seeds.map((each) => prompts[each - seed]!) }) });
  const { imgResolution: side, imgChannels: channels } = images.format;
  return {
    count: prompts.length,
    description: images.description,
    notes: [...maker.notes, ...notes],
    async *read(signal) {
      const size = side * side * channels;
      let done = 0;
      for await (const batch of images.open({ count: prompts.length, firstSeed: seed, signal }).batches) {
        for (let i = 0; i < batch.count; i++) {
          const data = Uint8Array.from(batch.images.subarray(i * size, (i + 1) * size));
          yield { image: { data, width: side, height: side, channels }, caption: prompts[done++]! };
        }
      }
    },
  };
}

function uncaptioned(path: string, name: string, given: number | undefined): UserError {
  if (given !== undefined) return new UserError(`${path} has more images than --prompts has captions (${given}).`);
  return new UserError(`${name} has no caption. Give the captions with --prompts FILE, in the order of the images.`);
}
