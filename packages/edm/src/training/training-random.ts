import { MaskRng, Rng, type RngState } from '@onestep/random';
import type { AugmentPipe } from '../augmentation/augment-pipe.js';
import type { TrainingLoss } from '../losses/training-loss.js';
import type { ImageBatch } from './image-batch-source.js';

/** A batch with everything random about a step drawn, in host memory. */
export interface StepDraws {
  count: number;
  /** [N, pixels] augmented images in [-1, 1]. */
  images: Float32Array;
  /** [N, labelDim] */
  labels: Float32Array | null;
  /** [N, augmentDim] what was done to the images. */
  augmentLabels: Float32Array | null;
  /** [N] noise levels. */
  sigmas: Float32Array;
  /** [N, pixels] standard normal. */
  noise: Float32Array;
  /** What dropout masks are made from. */
  masks: MaskRng;
}

const STREAMS = ['levels', 'noise', 'dropout', 'augment'] as const;
type Streams = Record<(typeof STREAMS)[number], Rng>;

/** The random streams of a training, one for each purpose. */
export class TrainingRandom {
  private streams: Streams;

  constructor(seed: number) {
    const root = new Rng(seed, 'edm-training');
    this.streams = streamsFrom((name) => root.stream(name));
  }

  /** Draws for a whole batch at once, whatever rounds it will be worked through in. */
  draw(
    { images: bytes, labels, count }: ImageBatch,
    loss: TrainingLoss,
    augment: AugmentPipe | null,
    { imgResolution, imgChannels }: { imgResolution: number; imgChannels: number },
  ): StepDraws {
    const { levels, noise, dropout, augment: transforms } = this.streams;
    const images = toUnitRange(bytes);
    let augmentLabels: Float32Array | null = null;
    if (augment !== null) {
      const parameters = augment.draw(count, transforms);
      augment.apply({ pixels: images, size: imgResolution, channels: imgChannels }, parameters);
      augmentLabels = augment.labels(parameters);
    }
    return {
      count,
      images,
      labels,
      augmentLabels,
      sigmas: loss.sigmas(loss.draw(levels, count)),
      noise: noise.normal(images.length),
      masks: MaskRng.draw(dropout),
    };
  }

  state(): Record<string, RngState> {
    return Object.fromEntries(STREAMS.map((name) => [name, this.streams[name].state()]));
  }

  restore(state: Record<string, RngState>): void {
    this.streams = streamsFrom((name) => Rng.fromState(state[name]!));
  }
}

function streamsFrom(make: (name: (typeof STREAMS)[number]) => Rng): Streams {
  return Object.fromEntries(STREAMS.map((name) => [name, make(name)])) as Streams;
}

/** Pixels from [0, 255] to [-1, 1]. */
function toUnitRange(pixels: Uint8Array): Float32Array {
  const images = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) images[i] = pixels[i]! / 127.5 - 1;
  return images;
}
