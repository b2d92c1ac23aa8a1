import { setImmediate as nextTurn } from 'node:timers/promises';
import { readCaptionedImages } from '../../captioned-images.js';
import { CaptionMeter, type MeteredCaptions } from './caption-meter.js';
import { isRgb32 } from './find-things.js';

/** How well the pictures of a file or folder show what their captions say. */
export interface CaptionAccuracy extends MeteredCaptions {
  /** Pictures without a caption, which are left out. */
  numWithoutCaption: number;
}

/** Settings of {@link measureCaptions}. */
export interface MeasureCaptionsOptions {
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Images after which other work gets its turn. */
const IMAGES_PER_TURN = 16;

/**
 * Measures how well pictures show what their captions say, where the captions are of the data set `shapes`: of a data set, or
 * of a folder that `onestep edm generate --prompts` wrote.
 *
 * @throws if it cannot be opened, an image is not RGB of 32 x 32, or none has a caption
 */
export async function measureCaptions(path: string, options: MeasureCaptionsOptions = {}): Promise<CaptionAccuracy> {
  const { onProgress, signal } = options;
  const meter = new CaptionMeter();
  let numWithoutCaption = 0;
  let done = 0;
  for await (const { name, width, height, channels, data, caption, total } of readCaptionedImages(path, signal)) {
    if (caption === null) numWithoutCaption += 1;
    else {
      if (!isRgb32({ width, height, channels })) {
        throw new Error(`${name} is ${width}x${height}x${channels}; pictures of the data set shapes are 32x32x3.`);
      }
      meter.add(data, caption);
    }
    done += 1;
    onProgress?.(done, Math.max(total, done));
    if (done % IMAGES_PER_TURN === 0) await nextTurn();
  }
  const found = meter.counts();
  if (found.numImages === 0) throw new Error(`${path} has no captions to compare its ${done} images with.`);
  return { ...found, numWithoutCaption };
}
