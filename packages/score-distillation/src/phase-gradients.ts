import * as tf from '@tensorflow/tfjs-core';
import { accumulation, perImage, withoutGradient, type Turns } from '@onestep/diffusion-core';
import type { LossAndGrads, Parameter } from '@onestep/nn';
import type { ScoreOptions } from './options.js';
import type { PhaseUploads, Uploaded } from './phase-inputs.js';
import type { Networks, PhaseLoss, PhaseName, ScoreStep } from './score-step.js';

/** Sums over a batch of a loss's terms, then of its measures. */
export type Sums = { sums: tf.Tensor1D };

/** Evaluates and differentiates the losses of both phases. */
export class PhaseGradients<O extends ScoreOptions> {
  private readonly step: ScoreStep<O>;
  private readonly options: O;
  private readonly networks: Networks;
  private readonly uploads: PhaseUploads<O>;
  /** What the sums of each phase are of, known once its loss was evaluated. */
  private readonly sumNames: Partial<Record<PhaseName, string[]>> = {};

  constructor(step: ScoreStep<O>, options: O, networks: Networks, uploads: PhaseUploads<O>) {
    this.step = step;
    this.options = options;
    this.networks = networks;
    this.uploads = uploads;
  }

  /**
   * The loss of a phase over a batch, its gradients, and the sums of its terms and measures.
   *
   * @param parameters what the phase trains
   * @param uploaded one entry per micro-batch
   * @param fakes images for the fake score network, in place of its own
   */
  *compute(
    name: PhaseName,
    parameters: readonly Parameter[],
    uploaded: readonly Uploaded[],
    fakes?: readonly tf.Tensor4D[],
  ): Turns<LossAndGrads<Sums>> {
    const { student, fakeScore } = this.networks;
    const { batch } = this.options;
    student.module.train(name === 'generator');
    if (name === 'fakeScore') fakeScore.module.train();
    return yield* accumulation(uploaded.length, parameters, (index) => {
      const { terms, measures } =
        name === 'generator'
          ? this.generatorLoss(uploaded[index]!, index)
          : this.fakeScoreLoss(uploaded[index]!, index, fakes?.[index]);
      this.sumNames[name] = [...Object.keys(terms), ...(measures?.names ?? [])];
      const sums = Object.values(terms).map(({ values }) => tf.sum<tf.Scalar>(values));
      const scaled = Object.values(terms).map(({ scale }, i) =>
        tf.mul(sums[i]!, typeof scale === 'number' ? scale / batch : tf.div(scale, batch)),
      );
      const loss = (scaled.length === 1 ? scaled[0] : tf.addN(scaled)) as tf.Scalar;
      const all = [tf.stack(sums) as tf.Tensor1D, ...(measures === undefined ? [] : [measures.sums])];
      return { loss, aux: { sums: tf.concat1d(all) } };
    });
  }

  /** x_g without gradient, [N, H, W, C]. */
  fakes({ z, labels }: Uploaded): tf.Tensor4D {
    return withoutGradient(() => this.networks.student.generate(z!, labels));
  }

  /**
   * Statistics of an iteration by their published names.
   *
   * @param turns phases of the iteration, in order
   * @param values the sums of its phases, one after the other
   */
  stats(turns: readonly PhaseName[], values: ArrayLike<number>): Record<string, number> {
    const { step, options } = this;
    const { imgResolution, imgChannels } = this.networks.student;
    const scale = { batch: options.batch, pixels: imgResolution ** 2 * imgChannels };
    let at = 0;
    const each = turns.map((name) => {
      const sums = this.sumNames[name]!.map((sum) => [sum, values[at++]!] as const);
      return step[name].stats(Object.fromEntries(sums), scale, options);
    });
    return Object.assign({}, ...each) as Record<string, number>;
  }

  private fakeScoreLoss(uploaded: Uploaded, index: number, fakes?: tf.Tensor4D): PhaseLoss {
    const { z: _, made, ...common } = uploaded;
    const images = made?.images ?? fakes ?? this.fakes(uploaded);
    const rng = this.uploads.masks.fakeScore[index]!;
    const inputs = { ...common, images, augmentLabels: made?.augmentLabels, rng };
    return this.step.fakeScore.loss(inputs, this.networks, this.options);
  }

  private generatorLoss({ z, made: _, ...common }: Uploaded, index: number): PhaseLoss {
    const { sigma, noise, labels } = common;
    const xg = this.networks.student.generate(z!, labels, { rng: this.uploads.masks.generator[index] });
    // Only the student's parameters are differentiated; x_t carries the gradient through both frozen networks.
    const xt = tf.add(xg, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
    const [first, second] = this.uploads.comparedMasks;
    const masks = [first[index]!, second[index]!] as const;
    return this.step.generator.loss({ ...common, xg, xt, masks }, this.networks, this.options);
  }
}
