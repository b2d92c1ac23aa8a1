/** A data set whose pictures are drawn, in color. */
export interface DrawnDataset {
  /** What one types to get it. */
  name: string;
  /** What the pictures show. */
  about: string;
  /** Names of the classes in label order. Picture i has class i modulo their number. */
  classNames: readonly string[];
  /**
   * Draws one picture. It depends on these numbers alone, to the last bit and on every machine, whatever other
   * pictures were drawn before it.
   *
   * @param seed an integer from 0 to 2^53 - 1
   * @param index number of the picture
   * @param side of the picture in pixels
   * @returns RGB, [side, side, 3], 0 to 255
   */
  draw(seed: number, index: number, side: number): Uint8Array;
}
