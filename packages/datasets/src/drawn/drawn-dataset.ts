/** A data set whose pictures are drawn, in color. */
export interface DrawnDataset {
  /** What one types to get it. */
  name: string;
  /** What the pictures show. */
  about: string;
  /** Names of the classes in label order; none if it has no classes. Picture i has class i modulo their number. */
  classNames: readonly string[];
  /** Names of its parts, the first of which is the one to train with. */
  splits: readonly string[];
  /**
   * Draws one picture. It depends on these numbers alone, to the last bit and on every machine, whatever other
   * pictures were drawn before it.
   *
   * @param seed an integer from 0 to 2^53 - 1
   * @param index number of the picture
   * @param side of the picture in pixels
   * @param split one of {@link DrawnDataset.splits}. Default: the first
   * @returns RGB, [side, side, 3], 0 to 255
   */
  draw(seed: number, index: number, side: number, split?: string): Uint8Array;
  /** The caption of a picture; left out, the pictures have no captions. */
  describe?(seed: number, index: number, split?: string): string;
  /** Facts about the data set, for its file. JSON. */
  facts?: Readonly<Record<string, unknown>>;
}
