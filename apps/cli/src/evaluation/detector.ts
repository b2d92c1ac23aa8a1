import { basename } from 'node:path';
import {
  COLOR_DETECTOR,
  FASHION_DETECTOR,
  INCEPTION_DETECTOR,
  INCEPTION_INPUT,
  INCEPTION_RULES,
  INCEPTION_RULE_NAMES,
  InceptionExtractor,
  InceptionNetwork,
  inceptionRuleOf,
  Vgg16Extractor,
  VGG16_DETECTOR,
  Vgg16Network,
  withImageFormat,
} from '@onestep/metrics';
import type { FeatureExtractor, InceptionRuleName } from '@onestep/metrics';
import {
  COLOR_WEIGHTS_PATH,
  FASHION_WEIGHTS_PATH,
  loadColorDetector,
  loadFashionMnistClassifier,
} from '@onestep/metrics/node';
import { sha256OfFile } from 'onestep/node';
import { digestOf } from '../files/digest-of.js';
import { assertNamedChecksum } from '../networks/checksum.js';
import { inceptionBatch } from '../memory/inception-batch.js';
import { networkPath } from '../networks/network-source.js';
import { readCheckpoint } from '../networks/read-checkpoint.js';
import { UserError } from '../user-error.js';
import { loadEncoder } from './encoder.js';
import { importDetector } from './own-detector.js';
import { writeNote } from '../terminal/output-mode.js';

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
  /**
   * Creates the extractor for images of one format; for null, of any sizes, which its `prepare` brings to its own.
   *
   * @throws NotMeasurable for null, if the detector takes images of one size only
   */
  extractorOf(format: ImageFormat | null): FeatureExtractor | Promise<FeatureExtractor>;
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
  'inception, vgg16, color or fashion-mnist (both come with the program), a file or URL with weights of Inception or VGG16 (.pth, ' +
  '.safetensors), an image encoder (.onnx; see --encoder), or your own module (.mjs; README of @onestep/metrics)';

/** Values of `--resize`, for help and messages. */
export const RESIZE_CHOICES = INCEPTION_RULE_NAMES.join(', ');

/** Options that say how a detector is used. */
export interface DetectorOptions {
  /** The program whose rule resizes images for Inception. Default: `edm`. */
  resize?: string;
  /** Settings of an encoder: a JSON file, or the name of a preset. Default: the JSON file next to it. */
  encoder?: string;
}

/**
 * Loads a detector.
 *
 * @param source `color` or `fashion-mnist`; `inception` or `vgg16`, whose weights are downloaded once; a path or URL of such
 *   weights; an image encoder (`.onnx`); or a module whose default export is a function from an {@link ImageFormat} to a
 *   `FeatureExtractor`
 * @throws NotMeasurable if the published weights cannot be downloaded; UserError if the file or module is not a detector
 */
export async function loadDetector(source: string, options: DetectorOptions = {}): Promise<Detector> {
  const rule = parseRule(options.resize);
  const isEncoder = /\.onnx$/i.test(source);
  if (options.encoder !== undefined && !isEncoder) {
    throw new UserError(`--encoder goes with a detector in an .onnx file, not with ${source}.`, 2);
  }
  if (rule !== undefined && !isInception(source)) {
    throw new UserError(`--resize is for the Inception network; ${source} resizes images by a rule of its own.`, 2);
  }
  if (source === 'fashion-mnist' || source === FASHION_DETECTOR) {
    const extractor = await loadFashionMnistClassifier();
    return { extractorOf: () => extractor, ...(await weightsDigest(FASHION_WEIGHTS_PATH)) };
  }
  if (/\.m?js$/.test(source)) {
    return { extractorOf: await importDetector(source), checksum: null, digest: await digestOf(source) };
  }
  if (source === 'color' || source === COLOR_DETECTOR) {
    const extractor = await loadColorDetector();
    return { extractorOf: (format) => adapt(extractor, format), ...(await weightsDigest(COLOR_WEIGHTS_PATH)) };
  }
  const path = await weightsPath(source);
  if (isEncoder) {
    const { extractor, checksum } = await loadEncoder(path, options.encoder, await sha256OfFile(path));
    return { extractorOf: (format) => adapt(extractor, format), checksum, digest: `sha256:${checksum}` };
  }
  await assertNamedChecksum(path);
  return { extractorOf: await detectorOfWeights(path, rule), ...(await weightsDigest(path)) };
}

/** Source and resizing of a detector, for {@link loadDetector}. */
export interface DetectorSource {
  source: string;
  resize?: string;
}

/**
 * Returns the source of the detector with this name, for {@link loadDetector}.
 *
 * @param name of the detector that a reference was made with
 * @throws UserError if it is not a detector of this program
 */
export function detectorSource(name: string): DetectorSource {
  if ([COLOR_DETECTOR, FASHION_DETECTOR, INCEPTION_DETECTOR, VGG16_DETECTOR].includes(name)) return { source: name };
  const [network, rule] = name.split('/');
  if (network === INCEPTION_DETECTOR && rule !== undefined && rule in INCEPTION_RULES) {
    return { source: INCEPTION_DETECTOR, resize: rule };
  }
  throw new UserError(
    `The reference was made with the detector ${name}. Pass that detector with --detector (${DETECTOR_CHOICES}).`,
  );
}

/**
 * Returns the detector that needs no download for images of a format: that of Fashion-MNIST for its own images, else the
 * detector for color pictures.
 */
export function shippedDetector(format: ImageFormat | null): 'fashion-mnist' | 'color' {
  return format?.imgResolution === 32 && format.imgChannels === 1 ? 'fashion-mnist' : 'color';
}

/**
 * Says that numbers of the detector for color pictures are not those of publications.
 *
 * @returns null for other detectors
 */
export function describeComparability(detector: string): string | null {
  if (detector !== COLOR_DETECTOR) return null;
  return (
    `${COLOR_DETECTOR} is a small detector that comes with the program. Its numbers are not comparable with published FIDs; ` +
    '--detector inception measures those.'
  );
}

/**
 * Checks that a detector accepts images.
 *
 * @param images their format; null for images of any sizes
 * @param advice what to do otherwise; ends the message. It has to work in the command at hand
 * @throws NotMeasurable if the images have another format than the detector's
 */
export function assertAccepts(
  { name, imgResolution: size, imgChannels: channels, prepare }: FeatureExtractor,
  images: ImageFormat | null,
  advice = 'Pass "--detector color", which comes with the program, or "--detector inception": both accept images of any size.',
): void {
  if (images === null ? prepare !== undefined : images.imgResolution === size && images.imgChannels === channels)
    return;
  const found =
    images === null
      ? 'these are of several sizes, not square, or not gray or RGB of 8 bits'
      : `these are ${images.imgResolution}x${images.imgResolution}x${images.imgChannels}`;
  throw new NotMeasurable(
    `The detector ${name} accepts ${size}x${size}x${channels} images, and ${found}: no metric can be measured. ${advice}`,
  );
}

async function weightsDigest(path: string): Promise<{ checksum: string; digest: string }> {
  const checksum = await sha256OfFile(path);
  return { checksum, digest: `sha256:${checksum}` };
}

/** An extractor with a rule for images of any size. */
function adapt(extractor: FeatureExtractor, format: ImageFormat | null): FeatureExtractor {
  return format === null ? extractor : withImageFormat(extractor, format);
}

function parseRule(program: string | undefined): InceptionRuleName | undefined {
  if (program === undefined) return undefined;
  const rule = inceptionRuleOf(program);
  if (rule === null) throw new UserError(`--resize is one of ${RESIZE_CHOICES}, not ${program}.`, 2);
  return rule;
}

/** Whether a source may be of Inception's weights: not one of the other networks by its name. */
export function isInception(source: string): boolean {
  return !/^(fashion-mnist|color|vgg16)/.test(source) && source !== COLOR_DETECTOR && !/\.(m?js|onnx)$/i.test(source);
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
async function detectorOfWeights(path: string, rule: InceptionRuleName = 'edm'): Promise<Detector['extractorOf']> {
  const { tensors } = await readCheckpoint(path);
  if ('classifier.0.weight' in tensors) {
    const network = new Vgg16Network(tensors, path);
    return (format) =>
      new Vgg16Extractor(network, grayOrColor(format ?? ownFormat(network.sizes.resolution), VGG16_DETECTOR));
  }
  const network = new InceptionNetwork(tensors, path);
  const { batchSize, note } = inceptionBatch();
  if (note !== null) writeNote(note);
  return (format) => {
    // The engine resizes images of one size by EDM's rule; everything else is prepared.
    if (format !== null && rule === 'edm') {
      return new InceptionExtractor(network, { ...grayOrColor(format, INCEPTION_DETECTOR), batchSize });
    }
    const extractor = new InceptionExtractor(network, { ...ownFormat(INCEPTION_INPUT), rule, batchSize });
    return adapt(extractor, format === null ? null : grayOrColor(format, INCEPTION_DETECTOR));
  };
}

function ownFormat(imgResolution: number) {
  return { imgResolution, imgChannels: 3 } as const;
}

function grayOrColor({ imgResolution, imgChannels }: ImageFormat, detector: string) {
  if (imgChannels !== 1 && imgChannels !== 3) {
    throw new UserError(`${detector} accepts images with 1 or 3 channels, not ${imgChannels}.`);
  }
  return { imgResolution, imgChannels } as const;
}
