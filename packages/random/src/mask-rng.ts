import { philox4x32 } from './philox.js';
import type { Rng } from './rng.js';

/**
 * What the random masks (dropout, label dropout) of one pass over a batch are made from.
 *
 * Every image has numbers of its own for every mask, which depend on its place in the batch and on how many masks were
 * drawn before, and not on the other images: a batch has the same masks in whatever shares it is worked through.
 */
export class MaskRng {
  private key: readonly [number, number];
  private firstImage: number;
  private masks = 0;

  /** @param key two 32-bit words; @param firstImage place in the batch of the first image worked on */
  constructor(key: readonly [number, number], firstImage = 0) {
    this.key = key;
    this.firstImage = firstImage;
  }

  /** For a new batch. */
  static draw(rng: Rng): MaskRng {
    const [high, low] = rng.bits(2);
    return new MaskRng([high!, low!]);
  }

  /**
   * Goes on with the masks of `other`, from the first: for a step that keeps its MaskRng, since it may be replayed, and
   * works through a new batch every time.
   */
  restart(other: MaskRng): void {
    this.key = other.key;
    this.firstImage = other.firstImage;
    this.masks = 0;
  }

  /** For the share of the batch that begins with the image `firstImage`: at its first mask. */
  share(firstImage: number): MaskRng {
    return new MaskRng(this.key, firstImage);
  }

  /** Four random 32-bit words for each of the next `n` images: what their parts of the next mask are made from. */
  seeds(n: number): Uint32Array {
    const out = new Uint32Array(4 * n);
    for (let i = 0; i < n; i++) philox4x32(this.key, [this.firstImage + i, this.masks, 0, 0], out, 4 * i);
    this.masks += 1;
    return out;
  }
}
