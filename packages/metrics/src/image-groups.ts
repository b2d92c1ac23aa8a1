import type { Communicator } from '@onestep/diffusion-core';
import type { ImageBatch } from './feature-extractor.js';

/** Images passed to the extractor at a time. */
const GROUP = 128;
/** Images of floating-point pixels passed to it at a time: they are large, and have been resized to its input. */
const FLOAT_GROUP = 32;

type Pixels = ImageBatch['images'];

/** Images for an extractor, with the index of the first of them among all. */
export interface ImageGroup extends ImageBatch {
  first: number;
}

/**
 * Regroups images to a fixed size, because rounding may depend on the number of images that an extractor gets, and results must
 * depend neither on the source nor on the number of processes. The groups begin at multiples of that size among all images: one
 * that lies in the shares of two processes is completed by the process that has its first image.
 */
export class ImageGroups {
  /** Images of a group that begins in the share of an earlier process. */
  private readonly head: Pixels[] = [];
  /** Images of the group that has begun. */
  private pending: Pixels[] = [];
  private next: number;

  /**
   * @param images those of this process
   * @param first index of the first one among all images
   */
  constructor(
    private readonly images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
    first: number,
  ) {
    this.next = first;
  }

  /** The groups of this process that are complete without another one. */
  async *whole(): AsyncGenerator<ImageGroup> {
    for await (const { images, count } of this.images) {
      const length = images.length / count;
      const size = images instanceof Float32Array ? FLOAT_GROUP : GROUP;
      for (let i = 0; i < count; i++) {
        const image = images.subarray(i * length, (i + 1) * length);
        const begins = this.next % size === 0;
        this.next += 1;
        if (this.pending.length === 0 && !begins) {
          this.head.push(image);
          continue;
        }
        this.pending.push(image);
        if (this.pending.length === size) yield this.takeGroup();
      }
    }
  }

  /**
   * The group at the end of this process's images, with what other processes have of it. All of them call it, once `whole` has ended.
   *
   * @returns null if there is none
   */
  async last(communicator: Communicator): Promise<ImageGroup | null> {
    const heads = await communicator.gather(toBytes(this.head));
    const [begun] = this.pending;
    if (begun === undefined) return null;
    const isFloat = begun instanceof Float32Array;
    const missing = (isFloat ? FLOAT_GROUP : GROUP) - this.pending.length;
    const following = heads.slice(communicator.rank + 1).flatMap((bytes) => {
      const copy = bytes.slice();
      const pixels = isFloat ? new Float32Array(copy.buffer) : copy;
      return Array.from({ length: pixels.length / begun.length }, (_, i) =>
        pixels.subarray(i * begun.length, (i + 1) * begun.length),
      );
    });
    this.next += Math.min(missing, following.length);
    this.pending.push(...following.slice(0, missing));
    return this.takeGroup();
  }

  private takeGroup(): ImageGroup {
    const { pending } = this;
    this.pending = [];
    return { ...joinImages(pending), first: this.next - pending.length };
  }
}

function joinImages(images: readonly Pixels[]): ImageBatch {
  const length = images[0]!.length;
  const isFloat = images[0] instanceof Float32Array;
  const joined = isFloat ? new Float32Array(images.length * length) : new Uint8Array(images.length * length);
  images.forEach((image, i) => joined.set(image, i * length));
  return { images: joined, count: images.length };
}

function toBytes(images: readonly Pixels[]): Uint8Array {
  if (images.length === 0) return new Uint8Array();
  const { images: joined } = joinImages(images);
  return new Uint8Array(joined.buffer, joined.byteOffset, joined.byteLength);
}
