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
  /** Of the images that the discriminator judges. */
  pass: PassInputs | undefined;
  /** Of those whose path lengths are measured, with unit noise, [n, H, W, C]. */
  path: { pass: PassInputs; noise: tf.Tensor4D } | undefined;
  /** Real images in [-1, 1], [n, H, W, C], and their labels, [n, labelDim]. */
  real: { images: tf.Tensor4D; labels: tf.Tensor2D | undefined } | undefined;
  /** Transforms of generated images; undefined for none. */
  fakeAugmentation: AugmentationTensors | undefined;
  /** Those of real images. */
  realAugmentation: AugmentationTensors | undefined;
}

/** Numbers of each image, [n], by name. `loss` and `reg` are the losses without the phase's gain. */
export type PhaseValues = Record<string, tf.Tensor1D>;

/** Names of the values of each phase, in order. Where path lengths are measured, `reg` and `penalty` are those of fewer images. */
export const PHASE_VALUES: Readonly<Record<PhaseName, readonly string[]>> = {
  Gmain: ['loss', 'fake'],
  Greg: ['reg', 'penalty'],
  Gboth: ['loss', 'fake', 'reg', 'penalty'],
  Dmain: ['loss', 'fake', 'real'],
  Dreg: ['reg', 'penalty', 'real'],
  Dboth: ['loss', 'fake', 'real', 'reg', 'penalty'],
};

/** The loss of a phase without its gain: the means of its losses. */
export function phaseLoss(values: PhaseValues): tf.Scalar {
  const means = [values.loss, values.reg].flatMap((each) => (each === undefined ? [] : [tf.mean<tf.Scalar>(each)]));
  return means.reduce((sum, each) => tf.add(sum, each));
}

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

  private Greg({ path }: MicroBatchInputs): PhaseValues {
    const { pass, noise } = path!;
    const ws = this.styles(pass);
    const lengths = pathLengths(ws, noise, (styles) => this.synthesize(pass, styles));
    const { penalties, mean } = pathLengthPenalty(
      lengths,
      this.pathLength as tf.Tensor as tf.Scalar,
      this.options.plDecay,
    );
    this.pathLength.assign(mean);
    return { reg: tf.mul(penalties, this.options.plWeight), penalty: penalties };
  }

  private Gboth(inputs: MicroBatchInputs): PhaseValues {
    return { ...this.Gmain(inputs), ...this.Greg(inputs) };
  }

  private Dmain(inputs: MicroBatchInputs): PhaseValues {
    const { images, labels } = inputs.real!;
    return this.judgeBoth(inputs, this.judge(images, labels, inputs.realAugmentation));
  }

  private Dreg(inputs: MicroBatchInputs): PhaseValues {
    const { logits, ...values } = this.penalize(inputs);
    return { ...values, real: flat(logits) };
  }

  /** Real images are judged once, for their loss and the penalty. */
  private Dboth(inputs: MicroBatchInputs): PhaseValues {
    const { logits, ...values } = this.penalize(inputs);
    return { ...this.judgeBoth(inputs, logits), ...values };
  }

  /** @param logits of real images */
  private judgeBoth({ pass, fakeAugmentation }: MicroBatchInputs, logits: tf.Tensor2D): PhaseValues {
    const images = withoutGradient(() => this.synthesize(pass!, this.styles(pass!)));
    const fake = this.judge(images, pass!.labels, fakeAugmentation);
    return { loss: tf.add(fakeLoss(fake), realLoss(logits)), fake: flat(fake), real: flat(logits) };
  }

  private penalize({ real, realAugmentation }: MicroBatchInputs) {
    const { images, labels } = real!;
    const { logits, penalties } = r1Penalty(images, (x) => this.judge(x, labels, realAugmentation));
    return { logits, reg: tf.mul<tf.Tensor1D>(penalties, this.options.r1Gamma / 2), penalty: penalties };
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
