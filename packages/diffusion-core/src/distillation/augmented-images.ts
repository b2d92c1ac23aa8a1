import * as tf from '@tensorflow/tfjs-core';
import { replayed, type Step } from '@onestep/nn';
import type { TrainableGenerator } from '../generator.js';
import type { PhaseDraws, ScoreDraws } from './score-draws.js';
import type { MadeImages, ScoreRounds } from './score-rounds.js';

/**
 * The generator's images as the score network learns them when they are augmented: made before the step, since they
 * have to come to the host and go back.
 */
export class AugmentedImages {
  private readonly generator: TrainableGenerator;
  private readonly make: Step<{ z: tf.Tensor; labels?: tf.Tensor2D }, { images: tf.Tensor4D }>;

  constructor(generator: TrainableGenerator) {
    this.generator = generator;
    this.make = replayed(({ z, labels }) => ({ images: generator.generate(z, labels) }));
  }

  /** @returns the images of each round, which are the caller's */
  async of(draws: PhaseDraws, rounds: ScoreRounds, random: ScoreDraws): Promise<MadeImages[]> {
    const { imgResolution: size, imgChannels: channels, module } = this.generator;
    module.eval();
    const made: MadeImages[] = [];
    for (let round = 0; round < rounds.count; round++) {
      const { images } = tf.tidy(() =>
        this.make({ z: rounds.latents(draws, round), labels: rounds.labels(draws, round) }),
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
    return made;
  }
}
