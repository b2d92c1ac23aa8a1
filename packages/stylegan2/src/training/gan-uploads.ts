import * as tf from '@tensorflow/tfjs-core';
import { fromUint8, type ImageBatch, type MicroBatches } from '@onestep/diffusion-core';
import { uploadAugmentations, type DrawnAugmentations } from '../augmentation/adaptive-augmentation.js';
import type { GanDraws, GanShapes, PassDraws } from './gan-draws.js';
import type { PassInputs, MicroBatchInputs } from './gan-phases.js';
import { seesReals, type PhaseName } from './phases.js';
import { styleMask } from './style-mixing.js';

/** Uploads what a phase needs, so that its step can be replayed. */
export class GanUploads {
  private readonly shapes: GanShapes;
  private readonly labelDim: number;
  private readonly microBatches: MicroBatches;

  constructor(shapes: GanShapes, labelDim: number, microBatches: MicroBatches) {
    this.shapes = shapes;
    this.labelDim = labelDim;
    this.microBatches = microBatches;
  }

  /**
   * The tensors of a phase for the micro-batches that this process computes.
   *
   * @param draws of the whole batch
   */
  upload(name: PhaseName, draws: GanDraws, batch: ImageBatch): MicroBatchInputs[] {
    const { size, count } = this.microBatches;
    const pixels = seesReals(name) ? fromUint8(batch.images) : null;
    return Array.from({ length: count }, (_, index) => {
      const drawn = draws[name]![this.microBatches.start(index) / size]!;
      const transforms = (tables: DrawnAugmentations | null) =>
        tables === null ? undefined : uploadAugmentations(tables);
      return {
        pass: drawn.pass === null ? undefined : this.pass(drawn.pass),
        path:
          drawn.path === null ? undefined : { pass: this.pass(drawn.path.pass), noise: this.images(drawn.path.noise) },
        real: pixels === null ? undefined : this.real(pixels, batch.labels, index),
        fakeAugmentation: transforms(drawn.fakeAugmentation),
        realAugmentation: transforms(drawn.realAugmentation),
      };
    });
  }

  private pass({ z, labels, mixing, noise }: PassDraws): PassInputs {
    const { zDim, numWs, noiseResolutions } = this.shapes;
    const latents = (data: Float32Array) => tf.tensor2d(data, [data.length / zDim, zDim]);
    return {
      z: latents(z),
      labels: labels === null ? undefined : tf.tensor2d(labels, [labels.length / this.labelDim, this.labelDim]),
      mixing: mixing === null ? undefined : { z: latents(mixing.z), isFirst: styleMask(mixing.cutoff, numWs) },
      noise: noise.map((data, i) => {
        const side = noiseResolutions[i]!;
        return tf.tensor4d(data, [data.length / side ** 2, side, side, 1]);
      }),
    };
  }

  private real(pixels: Float32Array, labels: Float32Array | null, index: number): MicroBatchInputs['real'] {
    const { imgResolution: size, imgChannels: channels } = this.shapes;
    const { microBatches, labelDim } = this;
    return {
      images: microBatches.tensor<tf.Rank.R4>(pixels, index, [size, size, channels]),
      labels:
        labels === null || labelDim === 0 ? undefined : microBatches.tensor<tf.Rank.R2>(labels, index, [labelDim]),
    };
  }

  private images(data: Float32Array): tf.Tensor4D {
    const { imgResolution: size, imgChannels: channels } = this.shapes;
    return tf.tensor4d(data, [data.length / (size * size * channels), size, size, channels]);
  }
}
