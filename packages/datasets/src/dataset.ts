import { basename } from 'node:path';
import { parseCaptions } from './captions.js';
import { chooseImages } from './choose-images.js';
import { decodeText } from './files/text.js';
import { assertTrainableShape, type ImageShape } from './image-shape.js';
import { parseLabels, type Labels } from './labels.js';
import { decodePng, readPngShape } from './png/decode.js';
import { openImageStore, type ImageStore } from './image-store.js';

/** Settings of {@link openDataset}. */
export interface DatasetOptions {
  /**
   * Whether to read the labels; else `labelDim` is 0. `if-present` accepts a data set without labels. Default
   * false.
   */
  useLabels?: boolean | 'if-present';
  /** Whether to read the captions. Default false. */
  useCaptions?: boolean;
  /** Number of images to use, chosen at random by `randomSeed` as the published reader does. Default: all. */
  maxSize?: number;
  /** Seed of the choice that `maxSize` makes, 0 to 2^32 - 1. Default 0. */
  randomSeed?: number;
  /** Whether to append a mirrored copy of every image, which doubles the length. Default false. */
  xflip?: boolean;
  /** Bytes of memory for decoded images, which are then decoded only once. Default 1 GiB. */
  cacheBytes?: number;
}

/** Default of {@link DatasetOptions.cacheBytes}. */
export const DEFAULT_CACHE_BYTES = 2 ** 30;
const IMAGE_NAME = /\.png$/i;
const OTHER_IMAGE_NAME = /\.(jpe?g|webp|bmp|gif|tiff?|ppm|pgm)$/i;

/**
 * Opens a data set: a ZIP file or a folder of {@link convertDataset}, or of StyleGAN's or EDM's
 * `dataset_tool.py`.
 *
 * @throws if the file is not complete, its images are not square with a side that is a power of two, its
 *   labels are requested and missing or not valid, or an option is out of range
 */
export async function openDataset(path: string, options: DatasetOptions = {}): Promise<ImageDataset> {
  const store = await openImageStore(path);
  try {
    return new ImageDataset(store, options);
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Images of one size, with or without labels, which are read from a ZIP file or a folder when they are
 * requested.
 */
export class ImageDataset {
  /** The file's name without its ending. */
  readonly name: string;
  /** Number of images, mirrored copies included. */
  readonly length: number;
  /** Side of the images in pixels. */
  readonly resolution: number;
  /** 1 (gray) or 3 (RGB). */
  readonly channels: number;
  /** Length of a label vector; 0 without labels. */
  readonly labelDim: number;
  /** Kind of the labels; `classes` are one-hot vectors. */
  readonly labelKind: Labels['kind'] | 'none';
  /**
   * One name per class, in label order; null without class labels, or if the data set does not name its
   * classes.
   */
  readonly classNames: readonly string[] | null;

  private readonly store: ImageStore;
  private readonly shape: ImageShape;
  /** Names of all images in the file, sorted. */
  private readonly names: readonly string[];
  /** Positions in `names` of the images in use. */
  private readonly chosen: Int32Array;
  private readonly labels: Labels | null;
  private readonly captions: readonly string[] | null;
  /** Pixels of the first of the chosen images, as many as fit. */
  private readonly cache: Uint8Array;
  /** 1 for each image that is in `cache`. */
  private readonly cached: Uint8Array;

  /** The options that it was opened with. */
  readonly options: Readonly<DatasetOptions>;

  /** Use {@link openDataset}. */
  constructor(store: ImageStore, options: DatasetOptions = {}) {
    this.options = options;
    const { useLabels = false, useCaptions = false, maxSize, randomSeed = 0, xflip = false } = options;
    const { cacheBytes = DEFAULT_CACHE_BYTES } = options;
    if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0)) {
      throw new Error(`maxSize must be a whole number from 1 on, not ${maxSize}.`);
    }
    if (!(Number.isFinite(cacheBytes) && cacheBytes >= 0)) {
      throw new Error(`cacheBytes must be a number of bytes from 0 on, not ${cacheBytes}.`);
    }
    this.store = store;
    this.name = basename(store.path).replace(/\.[^.]*$/, '');
    this.names = listImages(store);
    const first = this.names[0]!;
    this.shape = readPngShape(store.read(first), `${store.path}, ${first}`);
    assertTrainableShape(this.shape, `${store.path}, ${first}`, 'convert the images first');
    this.resolution = this.shape.width;
    this.channels = this.shape.channels;
    this.labels = useLabels === false ? null : readLabels(store, this.names, useLabels === true);
    this.labelKind = this.labels?.kind ?? 'none';
    this.labelDim = this.labels?.dim ?? 0;
    this.classNames = this.labels?.kind === 'classes' ? this.labels.classNames : null;
    this.captions = useCaptions ? readCaptions(store, this.names) : null;
    this.chosen = chooseImages(this.names.length, maxSize, randomSeed);
    this.length = this.chosen.length * (xflip ? 2 : 1);
    const kept = Math.min(this.chosen.length, Math.floor(cacheBytes / this.imageBytes));
    this.cache = new Uint8Array(kept * this.imageBytes);
    this.cached = new Uint8Array(kept);
  }

  /** Bytes of one image: height * width * channels. */
  get imageBytes(): number {
    return this.resolution * this.resolution * this.channels;
  }

  /** Path of the data set's file or folder. */
  get path(): string {
    return this.store.path;
  }

  /**
   * Reads one image.
   *
   * @param out receives the pixels. Default: a new array
   * @returns `out`: [H, W, C], 0 to 255
   * @throws RangeError if there is no such image; an error naming the image if it is damaged or of another
   *   size than the first
   */
  imageAt(index: number, out = new Uint8Array(this.imageBytes)): Uint8Array {
    const at = this.checkIndex(index);
    const image = this.readPixels(at);
    if (index < this.chosen.length) out.set(image);
    else mirror(image, this.shape, out);
    return out;
  }

  /** Name of an image's file in the data set, such as `00000/img00000000.png`. */
  nameAt(index: number): string {
    return this.names[this.chosen[this.checkIndex(index)]!]!;
  }

  /** Label of an image: [labelDim], one-hot for classes; empty without labels. */
  labelAt(index: number): Float32Array {
    const at = this.chosen[this.checkIndex(index)]!;
    if (this.labels === null) return new Float32Array(0);
    if (this.labels.kind === 'vectors') return this.labels.vectors.slice(at * this.labelDim, (at + 1) * this.labelDim);
    const oneHot = new Float32Array(this.labelDim);
    oneHot[this.labels.classes[at]!] = 1;
    return oneHot;
  }

  /** Class of an image; null if the labels are not classes. */
  classAt(index: number): number | null {
    const at = this.chosen[this.checkIndex(index)]!;
    return this.labels?.kind === 'classes' ? this.labels.classes[at]! : null;
  }

  /** Whether images have captions, and they were read. */
  get hasCaptions(): boolean {
    return this.captions !== null;
  }

  /** Caption of an image; empty without one. */
  captionAt(index: number): string {
    const at = this.chosen[this.checkIndex(index)]!;
    return this.captions?.[at] ?? '';
  }

  /** Closes the file. Images cannot be read any more. */
  close(): void {
    this.store.close();
  }

  private readPixels(at: number): Uint8Array {
    const kept = at < this.cached.length;
    const slot = kept ? this.cache.subarray(at * this.imageBytes, (at + 1) * this.imageBytes) : null;
    if (slot !== null && this.cached[at] === 1) return slot;
    const name = this.names[this.chosen[at]!]!;
    const image = decodePng(this.store.read(name), this.shape, `${this.store.path}, ${name}`);
    if (slot !== null) {
      slot.set(image);
      this.cached[at] = 1;
    }
    return image;
  }

  /** @returns the position of the image, or of its original, among the chosen images */
  private checkIndex(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`The data set ${this.name} has images 0 to ${this.length - 1}, not ${index}.`);
    }
    return index % this.chosen.length;
  }
}

function listImages(store: ImageStore): string[] {
  const names = store.names.filter((name) => IMAGE_NAME.test(name));
  const other = store.names.find((name) => OTHER_IMAGE_NAME.test(name));
  if (other !== undefined) {
    throw new Error(
      `${store.path} has ${other}; images of a data set are PNG files. Make a data set of it first: onestep dataset convert, or ` +
        'convertDataset.',
    );
  }
  if (names.length === 0) throw new Error(`${store.path} has no PNG images; is it a data set?`);
  return names.sort();
}

function readLabels(store: ImageStore, names: readonly string[], required: boolean): Labels | null {
  const source = `${store.path}, dataset.json`;
  const labels = store.has('dataset.json') ? parseLabels(decodeText(store.read('dataset.json')), names, source) : null;
  if (labels === null && required) {
    throw new Error(
      `${store.path} has no labels, which are required here; use it without labels, or add a dataset.json.`,
    );
  }
  return labels;
}

function readCaptions(store: ImageStore, names: readonly string[]): readonly string[] | null {
  if (!store.has('dataset.json')) return null;
  return parseCaptions(decodeText(store.read('dataset.json')), names, `${store.path}, dataset.json`);
}

/** Exchanges left and right. */
function mirror(image: Uint8Array, { width, height, channels }: ImageShape, out: Uint8Array): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const from = (row * width + width - 1 - column) * channels;
      const to = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++) out[to + channel] = image[from + channel]!;
    }
  }
}
