import type { PixelImage } from '../image-shape.js';

/** The label of an image: a class from 0 on, or a vector of numbers. */
export type Label = number | readonly number[];

/** One image of a source. */
export interface SourceImage extends PixelImage {
  /** Where it comes from, for messages. */
  name: string;
  /** Null if it has none. */
  label: Label | null;
}

/** A record of a source that is not an image that can be read. It is left out. */
export interface UnreadableImage {
  name: string;
  /** What is wrong with it. */
  problem: string;
}

/** An open collection of images to be converted. */
export interface ImageSource {
  /** Number of images. */
  count: number;
  /** Number of classes (highest label + 1); 0 if not every image has a class. */
  numClasses: number;
  /** Names of the classes in label order; null if the source does not have them. */
  classNames: readonly string[] | null;
  /**
   * Reads the images in their order, a few at a time.
   *
   * @param limit reads at most this many
   */
  images(limit: number): Iterable<SourceImage> | AsyncIterable<SourceImage | UnreadableImage>;
  /** Closes its files. */
  close?(): void;
}

/** A kind of source. */
export interface SourceFormat {
  /** Describes a path of this kind, for the message about a path of an unknown kind. */
  looksLike: string;
  /** Tells whether the path is of this kind, by its name or by what is there. */
  matches(path: string): boolean;
  /**
   * Opens it, and checks everything that can be checked before the first image is converted.
   *
   * @throws naming the file that is not valid
   */
  open(path: string): Promise<ImageSource>;
}
