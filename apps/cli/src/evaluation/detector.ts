import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
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
import { sha256OfFile } from 'onestep/node';
import { digestOf } from '../files/digest-of.js';
import { assertNamedChecksum } from '../networks/checksum.js';
import { networkPath } from '../networks/network-source.js';
import { readCheckpoint } from '../networks/read-checkpoint.js';
import { UserError } from '../user-error.js';

/** Size of images. */
export interface ImageFormat {
  /** Height and width, in pixels. */
  imgResolution: number;
  imgChannels: number;
}

/** No detector accepts these images. */
export class NotMeasurable extends UserError {}

/** A detector before the format of its images is known. */
export interface Detector {
  /** Creates the extractor for images of one format. */
  extractorOf(format: ImageFormat): FeatureExtractor | Promise<FeatureExtractor>;
  /** SHA-256 of the weights; null for a module, whose output does not depend on weights alone. */
  checksum: string | null;
  /** Digest of the weights or, for a module, of its file. */
  digest: string;
}

/** Published weights of a detector. */
interface PublicWeights {
  network: string;
  /** In MB. */
  size: number;
  url: string;
}

/** From pytorch-fid (Apache-2.0); torch-fidelity publishes the same file under another name. */
const INCEPTION: PublicWeights = {
  network: 'Inception',
  size: 91,
  url: 'https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth',
};
/** From torchvision (BSD). */
const VGG16: PublicWeights = {
  network: 'VGG16',
  size: 528,
  url: 'https://download.pytorch.org/models/vgg16-397923af.pth',
};

/** Values of `--detector`, for help and messages. */
export const DETECTOR_CHOICES =
  'inception, vgg16, fashion-mnist, a file or URL with weights of Inception or VGG16 (.pth, .safetensors), or your own module (.mjs)';

/**
 * Loads a detector.
 *
 * @param source `fashion-mnist`; `inception` or `vgg16`, whose weights are downloaded once; a path or URL of such weights;
 *   or a module whose default export is a function from an {@link ImageFormat} to a `FeatureExtractor`
 * @throws NotMeasurable if the published weights cannot be downloaded; UserError if the file or module is not a detector
 */
export async function loadDetector(source: string): Promise<Detector> {
  if (source === 'fashion-mnist' || source === FASHION_DETECTOR) {
    const extractor = await loadFashionMnistClassifier();
    return { extractorOf: () => extractor, ...(await weightsDigest(FASHION_WEIGHTS_PATH)) };
  }
  if (/\.m?js$/.test(source)) {
    return { extractorOf: await importDetector(source), checksum: null, digest: await digestOf(source) };
  }
  const path = await weightsPath(source);
  await assertNamedChecksum(path);
  return { extractorOf: await detectorOfWeights(path), ...(await weightsDigest(path)) };
}

/**
 * Returns the source of the detector with this name, for {@link loadDetector}.
 *
 * @param name of the detector that a reference was made with
 * @throws UserError if it is not a detector of this program
 */
export function detectorSource(name: string): string {
  if ([FASHION_DETECTOR, INCEPTION_DETECTOR, VGG16_DETECTOR].includes(name)) return name;
  throw new UserError(
    `The reference was made with the detector ${name}. Pass that detector with --detector (${DETECTOR_CHOICES}).`,
  );
}

/**
 * Checks that a detector accepts images.
 *
 * @param advice what to do otherwise; ends the message
 * @throws NotMeasurable if the images have another format than the detector's
 */
export function assertAccepts(
  { name, imgResolution: size, imgChannels: channels }: FeatureExtractor,
  images: ImageFormat,
  advice = 'Pass "--detector inception", which accepts images of any size.',
): void {
  if (images.imgResolution === size && images.imgChannels === channels) return;
  throw new NotMeasurable(
    `The detector ${name} accepts ${size}x${size}x${channels} images, and these are ` +
      `${images.imgResolution}x${images.imgResolution}x${images.imgChannels}: no metric can be measured. ${advice}`,
  );
}

async function weightsDigest(path: string): Promise<Pick<Detector, 'checksum' | 'digest'>> {
  const checksum = await sha256OfFile(path);
  return { checksum, digest: `sha256:${checksum}` };
}

async function weightsPath(source: string): Promise<string> {
  if (source === 'inception' || source === INCEPTION_DETECTOR) return downloadWeights(INCEPTION);
  if (source === 'vgg16' || source === VGG16_DETECTOR) return downloadWeights(VGG16);
  return networkPath(source);
}

async function downloadWeights({ network, size, url }: PublicWeights): Promise<string> {
  try {
    return await networkPath(url);
  } catch (error) {
    throw new NotMeasurable(
      `The weights of ${network} (${basename(url)}, ${size} MB) could not be downloaded: ${(error as Error).message} ` +
        `Download ${url} on a machine with a connection, and pass the file with --detector FILE.`,
    );
  }
}

/** Picks the network by its tensor names. If neither matches, the error lists those that Inception lacks. */
async function detectorOfWeights(path: string): Promise<Detector['extractorOf']> {
  const { tensors } = await readCheckpoint(path);
  if ('classifier.0.weight' in tensors) {
    const network = new Vgg16Network(tensors, path);
    return (format) => new Vgg16Extractor(network, grayOrColor(format, VGG16_DETECTOR));
  }
  const network = new InceptionNetwork(tensors, path);
  return (format) => new InceptionExtractor(network, grayOrColor(format, INCEPTION_DETECTOR));
}

function grayOrColor({ imgResolution, imgChannels }: ImageFormat, detector: string) {
  if (imgChannels !== 1 && imgChannels !== 3) {
    throw new UserError(`${detector} accepts images with 1 or 3 channels, not ${imgChannels}.`);
  }
  return { imgResolution, imgChannels } as const;
}

/** Imports a module whose default export creates a `FeatureExtractor` for an {@link ImageFormat}. */
async function importDetector(path: string): Promise<Detector['extractorOf']> {
  const module = (await import(pathToFileURL(resolve(path)).href).catch((error: Error) => {
    throw new UserError(`${path} could not be imported: ${error.message}`);
  })) as { default?: unknown };
  const create = module.default;
  if (typeof create !== 'function') {
    throw new UserError(
      `${path} needs a default export: a function from { imgResolution, imgChannels } to a FeatureExtractor.`,
    );
  }
  return async (format) => {
    const extractor: unknown = await (create as (format: ImageFormat) => unknown)(format);
    assertExtractor(extractor, path);
    return extractor;
  };
}

function assertExtractor(value: unknown, path: string): asserts value is FeatureExtractor {
  const found = (typeof value === 'object' ? value : null) as Partial<Record<keyof FeatureExtractor, unknown>> | null;
  const isSize = (size: unknown) => Number.isSafeInteger(size) && (size as number) > 0;
  const missing = [
    typeof found?.name !== 'string' && 'name (a string)',
    ...(['featureDim', 'numClasses', 'imgResolution', 'imgChannels'] as const).map(
      (name) => !isSize(found?.[name]) && `${name} (a positive integer)`,
    ),
    typeof found?.extract !== 'function' && 'extract (a function)',
  ].filter((field) => field !== false);
  if (missing.length > 0) throw new UserError(`The FeatureExtractor of ${path} lacks ${missing.join(', ')}.`);
}
