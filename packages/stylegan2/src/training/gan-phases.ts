import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import { augment, type AugmentationTensors } from '../augmentation/adaptive-augmentation.js';
import type { DiscriminatorNetwork } from '../networks/discriminator-network.js';
import type { GeneratorNetwork } from '../networks/generator-network.js';
import { fakeLoss, nonSaturatingLoss, pathLengthPenalty, pathLengths, r1Penalty, realLoss } from './gan-losses.js';
import type { GanTrainingOptions } from './gan-training-options.js';
import type { PhaseName } from './phases.js';
import { mixStyles } from './style-mixing.js';

/** The tensors of `n` images that the generator makes. */
export interface PassInputs {
  /** [n, zDim] */
  z: tf.Tensor2D;
  /** [n, labelDim]; undefined for an unconditional network. */
  labels: tf.Tensor2D | undefined;
  /** The second latents, and the mask of the layers that keep the first style; undefined where styles are never mixed. */
  mixing: { z: tf.Tensor2D; isFirst: tf.Tensor3D } | undefined;
  /** Unit noise of each noisy layer, [n, side, side, 1]. */
  noise: tf.Tensor4D[];
}

/** The tensors of a micro-batch. */
export interface MicroBatchInputs {
  pass: PassInputs | undefined;
  /** Unit noise, [n, H, W, C]. */
  pathNoise: tf.Tensor4D | undefined;
  /** Real images in [-1, 1], [n, H, W, C], and their labels, [n, labelDim]. */
  real: { images: tf.Tensor4D; labels: tf.Tensor2D | undefined } | undefined;
  /** Transforms of generated images; undefined for none. */
  fakeAugmentation: AugmentationTensors | undefined;
  /** Those of real images. */
  realAugmentation: AugmentationTensors | undefined;
}

/** Numbers of each image, [n], by name. `loss` is the loss without the phase's gain. */
export type PhaseValues = { loss: tf.Tensor1D } & Record<string, tf.Tensor1D>;

/** The values of each phase besides its loss, in order. */
export const PHASE_VALUES: Readonly<Record<PhaseName, readonly string[]>> = {
  Gmain: ['fake'],
  Greg: ['penalty'],
  Dmain: ['fake', 'real'],
  Dreg: ['penalty', 'real'],
};

/** Evaluates the losses of the phases, and moves the running averages that they have: of w and of the path lengths. */
export class GanPhases {
  private readonly generator: GeneratorNetwork;
  private readonly discriminator: DiscriminatorNetwork;
  /** Running mean of the path lengths. */
  private readonly pathLength: tf.Variable;
  private readonly options: GanTrainingOptions;

  constructor(
    generator: GeneratorNetwork,
    discriminator: DiscriminatorNetwork,
    pathLength: tf.Variable,
    options: GanTrainingOptions,
  ) {
    this.generator = generator;
    this.discriminator = discriminator;
    this.pathLength = pathLength;
    this.options = options;
  }

  /** The values of a phase, differentiable in the network that it updates. */
  evaluate(name: PhaseName, inputs: MicroBatchInputs): PhaseValues {
    return this[name](inputs);
  }

  private Gmain({ pass, fakeAugmentation }: MicroBatchInputs): PhaseValues {
    const fake = this.judge(this.synthesize(pass!, this.styles(pass!)), pass!.labels, fakeAugmentation);
    return { loss: nonSaturatingLoss(fake), fake: flat(fake) };
  }

  private Greg({ pass, pathNoise }: MicroBatchInputs): PhaseValues {
    const ws = this.styles(pass!);
    const lengths = pathLengths(ws, pathNoise!, (styles) => this.synthesize(pass!, styles));
    const { penalties, mean } = pathLengthPenalty(
      lengths,
      this.pathLength as tf.Tensor as tf.Scalar,
      this.options.plDecay,
    );
    this.pathLength.assign(mean);
    return { loss: tf.mul(penalties, this.options.plWeight), penalty: penalties };
  }

  private Dmain({ pass, real, fakeAugmentation, realAugmentation }: MicroBatchInputs): PhaseValues {
    const images = withoutGradient(() => this.synthesize(pass!, this.styles(pass!)));
    const fake = this.judge(images, pass!.labels, fakeAugmentation);
    const logits = this.judge(real!.images, real!.labels, realAugmentation);
    return { loss: tf.add(fakeLoss(fake), realLoss(logits)), fake: flat(fake), real: flat(logits) };
  }

  private Dreg({ real, realAugmentation }: MicroBatchInputs): PhaseValues {
    const { images, labels } = real!;
    const { logits, penalties } = r1Penalty(images, (x) => this.judge(x, labels, realAugmentation));
    return { loss: tf.mul(penalties, this.options.r1Gamma / 2), penalty: penalties, real: flat(logits) };
  }

  /** ws of latents, [N, layers, wDim], mixed. Moves the running average of w. */
  private styles({ z, labels, mixing }: PassInputs): tf.Tensor3D {
    const { mapping } = this.generator;
    const w = mapping.map(z, labels);
    mapping.w_avg!.variable.assign(withoutGradient(() => mapping.averageAfter(w)));
    const ws = mapping.broadcast(w);
    if (mixing === undefined) return ws;
    return mixStyles(ws, mapping.broadcast(mapping.map(mixing.z, labels)), mixing.isFirst);
  }

  private synthesize({ noise }: PassInputs, ws: tf.Tensor3D): tf.Tensor4D {
    return this.generator.synthesis.synthesize(ws, noise);
  }

  /** Logits of images, as the discriminator sees them: transformed. */
  private judge(
    images: tf.Tensor4D,
    labels: tf.Tensor2D | undefined,
    augmentation: AugmentationTensors | undefined,
  ): tf.Tensor2D {
    const seen = augmentation === undefined ? images : augment(images, augmentation);
    return this.discriminator.discriminate(seen, labels);
  }
}

function flat(logits: tf.Tensor2D): tf.Tensor1D {
  return tf.reshape(logits, [-1]);
}
