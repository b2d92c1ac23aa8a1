import type { ImageShape } from '../image-shape.js';

/** One image of a source: pixels in HWC order, and its class if the source has classes. */
export interface SourceImage extends ImageShape {
  /** Where it comes from, for messages. */
  name: string;
  data: Uint8Array;
  /** A class from 0 on; null if the source has none. */
  label: number | null;
}

/** An open collection of images to be converted. */
export interface ImageSource {
  /** Number of images. */
  count: number;
  /** The images in their order, made one at a time. */
  images(): Iterable<SourceImage> | AsyncIterable<SourceImage>;
}

/** A kind of source. */
export interface SourceFormat {
  /** What a path of this kind looks like, for the message about a path of no known kind. */
  looksLike: string;
  /** Whether the path is of this kind, by its name. */
  matches(path: string): boolean;
  /** Opens it and checks all that can be checked before the first image is converted. @throws naming the bad file */
  open(path: string): Promise<ImageSource>;
}
