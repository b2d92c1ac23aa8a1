import { philox4x32 } from './philox.js';
import type { Rng } from './rng.js';

/**
 * Random numbers for the masks (dropout, label dropout) of one pass over a batch.
 *
 * The numbers of an image depend on its position in the batch and on the number of masks drawn before, and
 * not on the other images. A batch therefore has the same masks however it is split into micro-batches.
 */
export class MaskRng {
  private key: readonly [number, number];
  private firstImage: number;
  private masks = 0;

  /**
   * @param key two unsigned 32-bit words
   * @param firstImage position in the batch of the first image. Default 0
   */
  constructor(key: readonly [number, number], firstImage = 0) {
    this.key = key;
    this.firstImage = firstImage;
  }

  /** Draws a key for a new batch. */
  static draw(rng: Rng): MaskRng {
    const [high, low] = rng.bits(2);
    return new MaskRng([high!, low!]);
  }

  /**
   * Takes over the key of `other` and starts with its first mask. A step that may be replayed keeps its
   * MaskRng and restarts it for every batch.
   */
  restart(other: MaskRng): void {
    this.key = other.key;
    this.firstImage = other.firstImage;
    this.masks = 0;
  }

  /** Starts again with the first mask: a second pass over the same batch draws the same numbers. */
  rewind(): void {
    this.masks = 0;
  }

  /**
   * Makes the numbers of a micro-batch, from the first mask on.
   *
   * @param firstImage position in the batch of its first image
   */
  share(firstImage: number): MaskRng {
    return new MaskRng(this.key, firstImage);
  }

  /**
   * Draws the numbers for the next mask.
   *
   * @param n images in the micro-batch
   * @returns [n, 4], unsigned 32-bit words
   */
  seeds(n: number): Uint32Array {
    const out = new Uint32Array(4 * n);
    for (let i = 0; i < n; i++) philox4x32(this.key, [this.firstImage + i, this.masks, 0, 0], out, 4 * i);
    this.masks += 1;
    return out;
  }
}
