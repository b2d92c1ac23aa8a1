import { quoteCaption } from '@onestep/checkpoint';
import type { FeatureExtractor } from '../feature-extractor.js';
import type { PixelImage } from '../resize/pixel-image.js';

/** An image, and the caption that it is compared with. */
export interface ImageCaptionPair {
  image: PixelImage;
  caption: string;
}

/** A text encoder whose embeddings are compared with those of images; `openTextEncoder` of `onestep/node` returns one. */
export interface TextRows {
  /** Length of an embedding. */
  readonly dim: number;
  /**
   * Embeds captions.
   *
   * @returns a row of `dim` numbers for each
   */
  rows(captions: readonly string[]): Promise<readonly Float32Array[]>;
}

/** How well images fit their captions. */
export interface ClipScore {
  /** Mean of 100 max(cos(image, caption), 0) over the pairs, 0 to 100; higher is better. */
  score: number;
  /** Standard error of the mean; 0 for a single pair. */
  standardError: number;
  /** Number of pairs. */
  numPairs: number;
  /** The score of each pair, in their order. */
  scores: Float64Array;
}

/** Arguments of {@link measureClipScore}. */
export interface ClipScoreArgs {
  /** An image encoder with `prepare`, such as `EncoderExtractor`, that was trained together with the text encoder. */
  imageEncoder: FeatureExtractor;
  textEncoder: TextRows;
  pairs: AsyncIterable<ImageCaptionPair> | Iterable<ImageCaptionPair>;
  /** Called with the number of pairs that were measured. */
  onProgress?: (done: number) => void;
  /** Stops between two batches, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Pairs that are encoded at a time. */
const BATCH = 16;

/**
 * CLIP score (Hessel et al. 2021, "CLIPScore: a reference-free evaluation metric for image captioning", Eq. 1, with w = 100 as
 * torchmetrics and text-to-image publications have it, in place of 2.5): the mean cosine of the embeddings of images and of
 * their captions, in percent. Scores of different encoders, or of other prefixes of captions, do not compare.
 *
 * @throws if there is no pair, the embeddings have different lengths, or one is zero or not finite
 */
export async function measureClipScore(args: ClipScoreArgs): Promise<ClipScore> {
  const { imageEncoder, textEncoder, pairs, onProgress, signal } = args;
  const { featureDim: dim } = imageEncoder;
  if (imageEncoder.prepare === undefined) {
    throw new Error(
      `The detector ${imageEncoder.name} takes images of its own size only: CLIP scores need an image encoder.`,
    );
  }
  if (textEncoder.dim !== dim) {
    throw new RangeError(
      `The embeddings of images have ${dim} numbers (${imageEncoder.name}), and those of captions ${textEncoder.dim}: they are not of ` +
        'encoders that were trained together. Export both with their projections, as image_embeds and text_embeds of CLIP.',
    );
  }
  const length = imageEncoder.imgResolution ** 2 * imageEncoder.imgChannels;
  const scores: number[] = [];
  const score = async (batch: readonly ImageCaptionPair[]) => {
    signal?.throwIfAborted();
    const pixels = new Float32Array(batch.length * length);
    for (const [i, { image }] of batch.entries()) pixels.set(imageEncoder.prepare!(image), i * length);
    const { features } = await imageEncoder.extract(pixels, batch.length);
    const texts = await textEncoder.rows(batch.map(({ caption }) => caption));
    if (texts.length !== batch.length) {
      throw new RangeError(`The text encoder returned ${texts.length} embeddings for ${batch.length} captions.`);
    }
    for (const [i, { caption }] of batch.entries()) {
      scores.push(
        pairScore(
          features.subarray(i * dim, (i + 1) * dim),
          texts[i]!,
          `image ${scores.length} (${quoteCaption(caption)})`,
        ),
      );
    }
    onProgress?.(scores.length);
  };
  let pending: ImageCaptionPair[] = [];
  for await (const pair of pairs) {
    pending.push(pair);
    if (pending.length < BATCH) continue;
    await score(pending);
    pending = [];
  }
  if (pending.length > 0) await score(pending);
  return summarizeScores(scores);
}

/**
 * CLIP score of embeddings that were made before: see {@link measureClipScore}.
 *
 * @param images embeddings of images, [count, dim]
 * @param texts embeddings of their captions, [count, dim]
 * @throws if there is no pair, the numbers of embeddings differ, or one is zero or not finite
 */
export function clipScoreOf(images: Float32Array, texts: Float32Array, dim: number): ClipScore {
  if (images.length !== texts.length || images.length % dim !== 0) {
    throw new RangeError(
      `There are ${images.length / dim} embeddings of images and ${texts.length / dim} of captions, of ${dim} numbers each: a pair needs both.`,
    );
  }
  const count = images.length / dim;
  const row = (values: Float32Array, i: number) => values.subarray(i * dim, (i + 1) * dim);
  return summarizeScores(
    Array.from({ length: count }, (_, i) => pairScore(row(images, i), row(texts, i), `pair ${i}`)),
  );
}

/** 100 max(cos, 0). */
function pairScore(image: Float32Array, text: Float32Array, name: string): number {
  let [dot, a, b] = [0, 0, 0];
  for (let i = 0; i < image.length; i++) {
    dot += image[i]! * text[i]!;
    a += image[i]! ** 2;
    b += text[i]! ** 2;
  }
  const cosine = dot / Math.sqrt(a * b);
  if (Number.isFinite(cosine)) return 100 * Math.max(cosine, 0);
  throw new Error(`The embeddings of ${name}, counted from 0, have no direction: one is zero, or not finite.`);
}

function summarizeScores(scores: readonly number[]): ClipScore {
  const numPairs = scores.length;
  if (numPairs === 0) throw new Error('There are no images with captions to score.');
  const score = scores.reduce((a, b) => a + b, 0) / numPairs;
  const squares = scores.reduce((sum, value) => sum + (value - score) ** 2, 0);
  const standardError = numPairs === 1 ? 0 : Math.sqrt(squares / (numPairs - 1) / numPairs);
  return { score, standardError, numPairs, scores: Float64Array.from(scores) };
}
