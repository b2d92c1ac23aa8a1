import { FASHION_DETECTOR, InceptionExtractor, INCEPTION_DETECTOR, InceptionNetwork } from '@onestep/metrics';
import type { FeatureExtractor } from '@onestep/metrics';
import { loadFashionMnistClassifier } from '@onestep/metrics/node';
import { networkPath } from '../networks/network-source.js';
import { readCheckpoint } from '../networks/read-checkpoint.js';
import { assertNamedChecksum } from '../networks/checksum.js';
import { UserError } from '../user-error.js';
import { ownDetector } from './own-detector.js';

/** What images look like. */
export interface ImageFormat {
  /** Side in pixels. */
  imgResolution: number;
  imgChannels: number;
}

/** No detector can be had that sees the images. */
export class NotMeasurable extends UserError {}

/** A detector that has not yet been told which images it will see. */
export type Detector = (format: ImageFormat) => FeatureExtractor | Promise<FeatureExtractor>;

/** The file of pytorch-fid (Apache-2.0), which torch-fidelity publishes under another name too. */
const INCEPTION_URL =
  'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth';

/** How messages list what `--detector` takes. */
export const DETECTOR_CHOICES =
  'inception, fashion-mnist, a file or URL of Inception weights (.pth, .safetensors), or an .mjs module of your own';

/**
 * Loads a detector.
 *
 * @param source `inception`, whose weights are downloaded and kept; a path or URL of them; `fashion-mnist`; or a module whose
 *   default export is a function from the images' format to a `FeatureExtractor`
 * @throws UserError saying what to do where the weights cannot be had
 */
export async function loadDetector(source: string): Promise<Detector> {
  if (source === 'fashion-mnist' || source === FASHION_DETECTOR) {
    const extractor = await loadFashionMnistClassifier();
    return () => extractor;
  }
  if (/\.m?js$/.test(source)) return ownDetector(source);
  const weights =
    source === 'inception' || source === INCEPTION_DETECTOR ? await publicWeights() : await networkPath(source);
  await assertNamedChecksum(weights);
  const network = new InceptionNetwork((await readCheckpoint(weights)).tensors, weights);
  return ({ imgResolution, imgChannels }) => {
    if (imgChannels !== 1 && imgChannels !== 3) {
      throw new UserError(`${INCEPTION_DETECTOR} sees images of 1 or 3 channels, not ${imgChannels}.`);
    }
    return new InceptionExtractor(network, { imgResolution, imgChannels });
  };
}

/** The detector with which statistics were made, as a source for {@link loadDetector}. */
export function detectorSource(name: string): string {
  if (name === FASHION_DETECTOR || name === INCEPTION_DETECTOR) return name;
  throw new UserError(
    `The reference was made with the detector ${name}: give it with --detector (${DETECTOR_CHOICES}).`,
  );
}

async function publicWeights(): Promise<string> {
  try {
    return await networkPath(INCEPTION_URL);
  } catch (error) {
    throw new NotMeasurable(
      `The weights of the Inception network (pt_inception-2015-12-05-6726825d.pth, 91 MB) could not be had: ` +
        `${(error as Error).message} Download ${INCEPTION_URL} wherever there is a connection, and give the file with ` +
        '--detector FILE.',
    );
  }
}

/** @throws NotMeasurable if the detector does not take images of this shape */
export function assertSees(
  { name, imgResolution: size, imgChannels: channels }: FeatureExtractor,
  images: ImageFormat,
): void {
  if (images.imgResolution === size && images.imgChannels === channels) return;
  throw new NotMeasurable(
    `The detector ${name} sees ${size}x${size}x${channels} images, and these are ` +
      `${images.imgResolution}x${images.imgResolution}x${images.imgChannels}: no metric can be measured on them with it. ` +
      '"--detector inception" sees all.',
  );
}
