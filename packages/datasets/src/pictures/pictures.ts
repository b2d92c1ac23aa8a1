import type { ImageChange } from '../decoding/image-change.js';
import type { ImageShape, PixelImage } from '../image-shape.js';

/** One image of {@link Pictures}. */
export interface Picture extends PixelImage {
  /** Where it comes from, for messages. */
  name: string;
  /** What was changed to make it gray or RGB of 8 bits. Default: nothing. */
  changes?: readonly ImageChange[];
}

/** Images of any sizes, to be looked at one after another: of a folder, an archive, an array. */
export interface Pictures {
  /** The file's name without its ending. */
  readonly name: string;
  readonly path: string;
  /** Number of images. */
  readonly count: number;
  /** Names of image files that are not counted, because they were not asked for. */
  readonly leftOut: readonly string[];
  /** Lines about what was chosen and left out, such as files of systems and tools. */
  readonly notes: readonly string[];
  /**
   * The size of all images, where it is known without decoding them: of arrays, and of PNG files of 8 bits, gray or RGB. Null
   * if they have several, or it is not known.
   */
  readonly shape: ImageShape | null;
  /**
   * Reads images in their order, a few at a time.
   *
   * @param chosen positions of the images, ascending
   * @throws naming an image that is damaged
   */
  images(chosen: Int32Array): AsyncIterable<Picture>;
  /** Closes its files. */
  close(): void;
}
