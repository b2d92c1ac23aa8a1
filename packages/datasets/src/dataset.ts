import { basename } from 'node:path';
import { chosenImages } from './chosen-images.js';
import { assertTrainableShape, type ImageShape } from './image-shape.js';
import { parseLabels, type Labels } from './labels.js';
import { decodePng, pngShape } from './png/decode.js';
import { openImageStore, type ImageStore } from './image-store.js';

/** Settings of {@link openDataset}. */
export interface DatasetOptions {
  /** Read the labels; without, `labelDim` is 0. `if-present` accepts a data set that has none. Default false. */
  useLabels?: boolean | 'if-present';
  /** Use only so many images, chosen at random by `randomSeed`: those that the published reader chooses. Default: all. */
  maxSize?: number;
  /** Seed of the choice that `maxSize` makes, 0 to 2^32 - 1. Default 0. */
  randomSeed?: number;
  /** Append a mirrored copy of every image, which doubles the length. Default false. */
  xflip?: boolean;
  /** Bytes of memory for decoded images: those kept are decoded only once. Default 1 GiB. */
  cacheBytes?: number;
}

/** Memory for decoded images, if nothing else is said. */
export const DEFAULT_CACHE_BYTES = 2 ** 30;
const IMAGE_NAME = /\.png$/i;
const OTHER_IMAGE_NAME = /\.(jpe?g|webp|bmp|gif|tiff?|ppm|pgm)$/i;

/**
 * Opens a data set: a ZIP file or a folder as `convertDataset` and StyleGAN's and EDM's `dataset_tool.py` make it.
 *
 * @throws if the file is not complete, its images are not square with a side that is a power of two, its labels are
 *   asked for and not there, or an option is out of range
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

/** Images of one size, with or without labels, read from a ZIP file or a folder as they are asked for. */
export class ImageDataset {
  /** The file's name without its ending. */
  readonly name: string;
  /** Number of images, mirrored copies included. */
  readonly length: number;
  /** Side of the images in pixels. */
  readonly resolution: number;
  /** 1 (gray) or 3 (RGB). */
  readonly channels: number;
  /** Numbers in a label; 0 without labels. */
  readonly labelDim: number;
  /** Whether images carry labels, and of which kind: `classes` are one-hot vectors. */
  readonly labelKind: Labels['kind'] | 'none';

  private readonly store: ImageStore;
  private readonly shape: ImageShape;
  /** Names of all images in the file, in order. */
  private readonly names: readonly string[];
  /** Positions in `names` of the images in use. */
  private readonly chosen: Int32Array;
  private readonly labels: Labels | null;
  /** The first so many of the chosen images are kept, one after another. */
  private readonly cache: Uint8Array;
  private readonly cached: Uint8Array;

  /** With what options it was opened. */
  readonly options: Readonly<DatasetOptions>;

  constructor(store: ImageStore, options: DatasetOptions = {}) {
    this.options = options;
    const { useLabels = false, maxSize, randomSeed = 0, xflip = false, cacheBytes = DEFAULT_CACHE_BYTES } = options;
    if (maxSize !== undefined && !(Number.isSafeInteger(maxSize) && maxSize > 0)) {
      throw new Error(`maxSize must be a whole number from 1 on, not ${maxSize}.`);
    }
    if (!(Number.isFinite(cacheBytes) && cacheBytes >= 0)) {
      throw new Error(`cacheBytes must be a number of bytes from 0 on, not ${cacheBytes}.`);
    }
    this.store = store;
    this.name = basename(store.path).replace(/\.[^.]*$/, '');
    this.names = imageNames(store);
    const first = this.names[0]!;
    this.shape = pngShape(store.read(first), `${store.path}, ${first}`);
    assertTrainableShape(this.shape, `${store.path}, ${first}`);
    this.resolution = this.shape.width;
    this.channels = this.shape.channels;
    this.labels = useLabels === false ? null : readLabels(store, this.names, useLabels === true);
    this.labelKind = this.labels?.kind ?? 'none';
    this.labelDim = this.labels?.dim ?? 0;
    this.chosen = chosenImages(this.names.length, maxSize, randomSeed);
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
   * One image.
   *
   * @param out receives the pixels; default: a new array
   * @returns `out`: pixels in HWC order, 0 to 255
   * @throws if the image is damaged or of another size than the first
   */
  imageAt(index: number, out = new Uint8Array(this.imageBytes)): Uint8Array {
    const at = this.checkIndex(index);
    const image = this.pixels(at);
    if (index < this.chosen.length) out.set(image);
    else mirror(image, this.shape, out);
    return out;
  }

  /** Name of one image's file in the data set, such as `00000/img00000000.png`. */
  nameAt(index: number): string {
    return this.names[this.chosen[this.checkIndex(index)]!]!;
  }

  /** The label of one image: one-hot for classes, a vector otherwise, empty without labels. */
  labelAt(index: number): Float32Array {
    const at = this.chosen[this.checkIndex(index)]!;
    if (this.labels === null) return new Float32Array(0);
    if (this.labels.kind === 'vectors') return this.labels.vectors.slice(at * this.labelDim, (at + 1) * this.labelDim);
    const oneHot = new Float32Array(this.labelDim);
    oneHot[this.labels.classes[at]!] = 1;
    return oneHot;
  }

  /** The class of one image, or null if the labels are not classes. */
  classAt(index: number): number | null {
    const at = this.chosen[this.checkIndex(index)]!;
    return this.labels?.kind === 'classes' ? this.labels.classes[at]! : null;
  }

  /** Closes the file. Images cannot be read after that. */
  close(): void {
    this.store.close();
  }

  private pixels(at: number): Uint8Array {
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

  /** @returns the position among the chosen images of this image or its original */
  private checkIndex(index: number): number {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new RangeError(`The data set ${this.name} has images 0 to ${this.length - 1}, not ${index}.`);
    }
    return index % this.chosen.length;
  }
}

function imageNames(store: ImageStore): string[] {
  const names = store.names().filter((name) => IMAGE_NAME.test(name));
  const other = store.names().find((name) => OTHER_IMAGE_NAME.test(name));
  if (other !== undefined)
    throw new Error(`${store.path} holds ${other}; images of a data set are PNG files. Convert it first.`);
  if (names.length === 0) throw new Error(`${store.path} holds no PNG images; is it a data set?`);
  return names.sort();
}

function readLabels(store: ImageStore, names: readonly string[], required: boolean): Labels | null {
  const source = `${store.path}, dataset.json`;
  const labels = store.has('dataset.json')
    ? parseLabels(new TextDecoder().decode(store.read('dataset.json')), names, source)
    : null;
  if (labels === null && required) {
    throw new Error(
      `${store.path} has no labels, and they were asked for; use it without labels, or add a dataset.json.`,
    );
  }
  return labels;
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
