import * as tf from '@tensorflow/tfjs-core';
import type { TrainableGenerator } from '@onestep/diffusion-core';
import { compileStep, type Step } from '@onestep/nn';
import type { ScoreDraws } from './draws.js';
import type { ScoreOptions } from './options.js';
import type { ImageSource, MadeImages, PhaseUploads } from './phase-inputs.js';

/**
 * Makes the student's images before a step, because augmentation runs on the host: the images are downloaded,
 * augmented and uploaded again.
 */
export class AugmentedImages<O extends ScoreOptions> {
  private readonly generator: TrainableGenerator;
  private readonly generate: Step<{ z: tf.Tensor; labels?: tf.Tensor2D }, { images: tf.Tensor4D }>;

  constructor(generator: TrainableGenerator) {
    this.generator = generator;
    this.generate = compileStep(({ z, labels }) => ({ images: generator.generate(z, labels) }));
  }

  /** @returns the images of each micro-batch; the caller disposes of them */
  async make(source: ImageSource, uploads: PhaseUploads<O>, random: ScoreDraws<O>): Promise<MadeImages[]> {
    const { imgResolution: size, imgChannels: channels, module } = this.generator;
    module.eval();
    const made: MadeImages[] = [];
    const { microBatches } = uploads;
    const perMicroBatch = microBatches.size * size * size * channels;
    const skip = (count: number) => {
      // The draws of the batch go on where they would with one process.
      const pixels = new Float32Array(perMicroBatch);
      for (let i = 0; i < count; i++) random.augment({ pixels, size, channels, rows: { start: 0, end: 0 } });
    };
    skip(microBatches.start(0) / microBatches.size);
    for (let index = 0; index < microBatches.count; index++) {
      const { images } = tf.tidy(() =>
        this.generate({ z: uploads.latents(source, index), labels: uploads.labels(source, index) }),
      );
      const pixels = (await images.data()).slice() as Float32Array;
      images.dispose();
      const labels = random.augment({ pixels, size, channels });
      const count = pixels.length / (size * size * channels);
      made.push({
        images: tf.tensor4d(pixels, [count, size, size, channels]),
        augmentLabels: tf.tensor2d(labels, [count, labels.length / count]),
      });
    }
    skip((microBatches.batch - microBatches.start(microBatches.count)) / microBatches.size);
    return made;
  }
}
