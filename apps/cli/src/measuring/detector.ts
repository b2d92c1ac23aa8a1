import { basename } from 'node:path';
import {
  FASHION_DETECTOR,
  InceptionExtractor,
  INCEPTION_DETECTOR,
  InceptionNetwork,
  Vgg16Extractor,
  VGG16_DETECTOR,
  Vgg16Network,
} from '@onestep/metrics';
import type { FeatureExtractor } from '@onestep/metrics';
import { FASHION_WEIGHTS_PATH, loadFashionMnistClassifier } from '@onestep/metrics/node';
import { assertNamedChecksum, sha256OfFile } from '../networks/checksum.js';
import { networkPath } from '../networks/network-source.js';
import { readCheckpoint } from '../networks/read-checkpoint.js';
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
export interface Detector {
  extractorOf(format: ImageFormat): FeatureExtractor | Promise<FeatureExtractor>;
  /** SHA-256 of its weights; null where something else than weights decides what it says. */
  checksum: string | null;
}

/** Weights that can be had by the network's name. */
interface PublicWeights {
  network: string;
  /** In MB. */
  size: number;
  url: string;
}

/** The file of pytorch-fid (Apache-2.0), which torch-fidelity publishes under another name too. */
const INCEPTION: PublicWeights = {
  network: 'Inception',
  size: 91,
  url: 'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth',
};
/** The file of torchvision (BSD). */
const VGG16: PublicWeights = {
  network: 'VGG16',
  size: 528,
  url: 'https://download.pytorch.org/models/vgg16-397923af.pth',
};

/** How messages list what `--detector` takes. */
export const DETECTOR_CHOICES =
  'inception, vgg16, fashion-mnist, a file or URL of weights of Inception or VGG16 (.pth, .safetensors), or an .mjs module of your own';

/**
 * Loads a detector.
 *
 * @param source `inception` or `vgg16`, whose weights are downloaded and kept; a path or URL of them; `fashion-mnist`; or a
 *   module whose default export is a function from the images' format to a `FeatureExtractor`
 * @throws UserError saying what to do where the weights cannot be had
 */
export async function loadDetector(source: string): Promise<Detector> {
  if (source === 'fashion-mnist' || source === FASHION_DETECTOR) {
    const extractor = await loadFashionMnistClassifier();
    return { extractorOf: () => extractor, checksum: await sha256OfFile(FASHION_WEIGHTS_PATH) };
  }
  if (/\.m?js$/.test(source)) return { extractorOf: await ownDetector(source), checksum: null };
  const path = await weightsPath(source);
  await assertNamedChecksum(path);
  return { extractorOf: await detectorOfWeights(path), checksum: await sha256OfFile(path) };
}

async function weightsPath(source: string): Promise<string> {
  if (source === 'inception' || source === INCEPTION_DETECTOR) return publicWeights(INCEPTION);
  if (source === 'vgg16' || source === VGG16_DETECTOR) return publicWeights(VGG16);
  return networkPath(source);
}

/** Of the network whose tensors the file has; with neither's, it is said what Inception's would be. */
async function detectorOfWeights(path: string): Promise<Detector['extractorOf']> {
  const { tensors } = await readCheckpoint(path);
  if ('classifier.0.weight' in tensors) {
    const network = new Vgg16Network(tensors, path);
    return (format) => new Vgg16Extractor(network, colourFormat(format, VGG16_DETECTOR));
  }
  const network = new InceptionNetwork(tensors, path);
  return (format) => new InceptionExtractor(network, colourFormat(format, INCEPTION_DETECTOR));
}

function colourFormat({ imgResolution, imgChannels }: ImageFormat, detector: string) {
  if (imgChannels !== 1 && imgChannels !== 3) {
    throw new UserError(`${detector} sees images of 1 or 3 channels, not ${imgChannels}.`);
  }
  return { imgResolution, imgChannels } as const;
}

/** The detector with which statistics were made, as a source for {@link loadDetector}. */
export function detectorSource(name: string): string {
  if ([FASHION_DETECTOR, INCEPTION_DETECTOR, VGG16_DETECTOR].includes(name)) return name;
  throw new UserError(
    `The reference was made with the detector ${name}: give it with --detector (${DETECTOR_CHOICES}).`,
  );
}

async function publicWeights({ network, size, url }: PublicWeights): Promise<string> {
  try {
    return await networkPath(url);
  } catch (error) {
    throw new NotMeasurable(
      `The weights of ${network} (${basename(url)}, ${size} MB) could not be had: ${(error as Error).message} Download ${url} ` +
        'wherever there is a connection, and give the file with --detector FILE.',
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
