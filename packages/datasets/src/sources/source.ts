import type { PixelImage } from '../image-shape.js';

/** The label of an image: a class from 0 on, or a vector of numbers. */
export type Label = number | readonly number[];

/** One image of a source, and its label if it has one. */
export interface SourceImage extends PixelImage {
  /** Where it comes from, for messages. */
  name: string;
  label: Label | null;
}

/** A record of a source that is left out because it is no image that can be read. */
export interface UnreadableImage {
  name: string;
  /** What is wrong with it. */
  problem: string;
}

/** An open collection of images to be converted. */
export interface ImageSource {
  /** Number of images. */
  count: number;
  /**
   * The first images in their order, made a few at a time.
   *
   * @param limit at most so many
   */
  images(limit: number): Iterable<SourceImage> | AsyncIterable<SourceImage | UnreadableImage>;
  /** Closes its files. */
  close?(): void;
}

/** A kind of source. */
export interface SourceFormat {
  /** What a path of this kind looks like, for the message about a path of no known kind. */
  looksLike: string;
  /** Whether the path is of this kind, by its name, or by what is there. */
  matches(path: string): boolean;
  /** Opens it and checks all that can be checked before the first image is converted. @throws naming the bad file */
  open(path: string): Promise<ImageSource>;
}
