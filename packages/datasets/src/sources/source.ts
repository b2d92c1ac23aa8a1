import type { DecodedImage, ImageChange } from '../decoding/image-change.js';
import type { SourceFiles } from '../files/source-files.js';

/** The label of an image: a class from 0 on, or a vector of numbers. */
export type Label = number | readonly number[];

/** One image of a source. */
export interface SourceImage extends Omit<DecodedImage, 'changes'> {
  /** Where it comes from, for messages. */
  name: string;
  /** Null if it has none. */
  label: Label | null;
  /** What it shows, in words. Default: it has no caption. */
  caption?: string | null;
  /** What was changed to make it gray or RGB of 8 bits. Default: nothing. */
  changes?: readonly ImageChange[];
}

/** An image that cannot be read. */
export interface UnreadableImage {
  name: string;
  /** What is wrong with it, beginning with its name. */
  problem: string;
  /** Whether it is left out without being asked, as a record that was never an image is. Default: false. */
  isExpected?: boolean;
}

/** An open collection of images to be converted. */
export interface ImageSource {
  /** Number of images, as far as it is known before they are read. */
  count: number;
  /** Number of classes (highest label + 1); 0 if not every image has a class. */
  numClasses: number;
  /** Names of the classes in label order; null if the source does not have them. */
  classNames: readonly string[] | null;
  /** Lines about what was chosen and left out. */
  notes: readonly string[];
  /** Facts about where the images come from, for the file of the data set. JSON. Default: none. */
  origin?: Readonly<Record<string, unknown>>;
  /**
   * Reads the images in their order, a few at a time. Can be called again.
   *
   * @param limit reads at most this many
   */
  images(limit: number): Iterable<SourceImage> | AsyncIterable<SourceImage | UnreadableImage>;
  /** Closes its files. */
  close?(): void;
}

/** Which part of a source to take. */
export interface SourceChoice {
  /** Name of the part, such as `train` or `test`; `all` for all of them. Default: the training images. */
  split?: string;
  /**
   * Which labels to take, where there are several: `fine` or `coarse` for CIFAR-100, the column of a table. `none`
   * for no labels.
   */
  labels?: string;
  /**
   * Which captions to take: the path of a list of captions (JSON, JSON lines, CSV, TSV, COCO's), the column of a table, the key or
   * ending of files next to the images, `none`. Default: those that are there.
   */
  captions?: string;
}

/** A kind of source. */
export interface SourceFormat {
  /** Describes a path of this kind, for the message about a path of an unknown kind. */
  looksLike: string;
  /** Whether its images may have captions. Default: false. */
  hasCaptions?: boolean;
  /** Tells whether files are of this kind, by their names and contents. */
  recognizes(files: SourceFiles): boolean;
  /**
   * Opens the images, and checks everything that can be checked before the first one is converted.
   *
   * @param files which the source closes if it returns
   * @throws naming the file that is not valid
   */
  open(files: SourceFiles, choice: SourceChoice): Promise<ImageSource> | ImageSource;
}
