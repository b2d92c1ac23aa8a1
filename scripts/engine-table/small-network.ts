import { PreconditionedNetwork, type SongUNetSettings } from '@onestep/edm';
import type { ImageBatchSource } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

export const RESOLUTION = 8;
export const LABELS = 3;
export const BATCH = 4;

const SMALL = {
  modelType: 'SongUNet' as const,
  modelChannels: 8,
  channelMult: [1, 2],
  numBlocks: 1,
  attnResolutions: [4],
};

/**
 * Builds a class-conditional network of 8x8 pixels that is small enough for plain JavaScript. No weight is zero: a network
 * whose last layer is zero, as a new one's, has no gradients below it.
 *
 * @param model settings that differ
 */
export function smallNetwork(seed: number, model: Partial<SongUNetSettings> = {}): PreconditionedNetwork {
  const rng = new Rng(seed, 'small network');
  const network = new PreconditionedNetwork(
    {
      imgResolution: RESOLUTION,
      imgChannels: 1,
      labelDim: LABELS,
      model: { ...SMALL, ...model },
    },
    rng,
  );
  for (const parameter of network.module.namedParameters().values()) {
    const shape = parameter.fileShape;
    const size = shape.reduce((a, b) => a * b, 1);
    const [mean, scale] = shape.length === 1 ? [0.5, 0.2] : [0, Math.sqrt(shape[0]! / size)];
    parameter.upload({ shape, data: rng.normal(size).map((value) => mean + scale * value) });
  }
  return network;
}

/** Images of a single gray each, which depends on their label, with some noise. */
export class GrayImages implements ImageBatchSource {
  private rng = new Rng(11, 'images');

  async next() {
    const pixels = RESOLUTION ** 2;
    const labels = new Float32Array(BATCH * LABELS);
    const classes = this.rng.integers(BATCH, LABELS);
    classes.forEach((label, i) => (labels[i * LABELS + label] = 1));
    const noise = this.rng.uniform(BATCH * pixels);
    const images = Uint8Array.from(noise, (u, i) => 70 * classes[Math.floor(i / pixels)]! + 60 * u);
    return { images, labels, count: BATCH };
  }

  state() {
    return this.rng.state();
  }

  restore(state: unknown) {
    this.rng = Rng.fromState(state as ReturnType<Rng['state']>);
  }
}
