import * as tf from '@tensorflow/tfjs-core';
import { perImage, withoutGradient, type PairInputs, type RegressionTerm, type Turns } from '@onestep/diffusion-core';
import { flushEngine, type LossAndGrads, type Parameter } from '@onestep/nn';
import type { ScoreOptions } from './options.js';
import type { PhaseUploads, Uploaded } from './phase-inputs.js';
import type { FakeScoreInputs, GeneratorInputs, Networks, PhaseLoss, PhaseName, ScoreStep } from './score-step.js';

/** Sums over a batch of a loss's terms, then of its measures; and new values of buffers, by `buffer:module.name`. */
export type Sums = { sums: tf.Tensor1D } & tf.NamedTensorMap;

/** Numbers of each sample of a whole batch, by name. */
type BatchNumbers = Record<string, tf.Tensor>;

const BUFFER = 'buffer:';
/** The regression's term, and its statistic. */
const REGRESSION = 'Regression/loss';

/** Evaluates and differentiates the losses of both phases. */
export class PhaseGradients<O extends ScoreOptions> {
  private readonly step: ScoreStep<O>;
  private readonly options: O;
  private readonly networks: Readonly<Record<PhaseName, Networks>>;
  private readonly uploads: PhaseUploads<O>;
  private readonly regression: RegressionTerm | undefined;
  /** What the sums of each phase are of, known once its loss was evaluated. */
  private readonly sumNames: Partial<Record<PhaseName, string[]>> = {};

  /**
   * @param networks as each phase sees them: the fake score network may be guided otherwise where it learns and where it is compared
   * @param regression pairs that the generator learns in addition
   */
  constructor(
    step: ScoreStep<O>,
    options: O,
    networks: Readonly<Record<PhaseName, Networks>>,
    uploads: PhaseUploads<O>,
    regression?: RegressionTerm,
  ) {
    this.step = step;
    this.options = options;
    this.networks = networks;
    this.uploads = uploads;
    this.regression = regression;
  }

  /**
   * The loss of a phase over a batch, its gradients, and the sums of its terms and measures.
   *
   * @param parameters what the phase trains
   * @param uploaded one entry per micro-batch
   * @param given one entry per micro-batch: `fakes` are images for the fake score network, in place of its own; `pairs` are
   *   those that the generator learns in addition
   */
  *compute(
    name: PhaseName,
    parameters: readonly Parameter[],
    uploaded: readonly Uploaded[],
    { fakes, pairs }: { fakes?: readonly tf.Tensor4D[]; pairs?: readonly PairInputs[] } = {},
  ): Turns<LossAndGrads<Sums>> {
    const { student, fakeScore } = this.networks[name];
    const { batch } = this.options;
    student.module.train(name === 'generator');
    if (name === 'fakeScore') fakeScore.module.train();
    const whole = yield* this.couple(name, uploaded, fakes);
    const inputs = uploaded.map((each, index) => ({ each, whole, fakes: fakes?.[index], pairs: pairs?.[index] }));
    const kind = [name, fakes && 'fakes', pairs && 'pairs'].join(' ');
    return yield* this.uploads.microBatches.accumulate(kind, parameters, inputs, (input, index) => {
      const { step, options } = this;
      const networks = this.networks[name];
      const {
        terms: own,
        measures,
        buffers,
      } = name === 'generator'
        ? step.generator.loss(this.generatorInputs(input.each, index, input.whole), networks, options)
        : step.fakeScore.loss(this.fakeScoreInputs(input.each, index, input.whole, input.fakes), networks, options);
      const terms =
        name === 'generator' && input.pairs !== undefined ? { ...own, ...this.regress(input.pairs, index) } : own;
      this.sumNames[name] = [...Object.keys(terms), ...(measures?.names ?? [])];
      const sums = Object.values(terms).map(({ values }) => tf.sum<tf.Scalar>(values));
      const scaled = Object.values(terms).map(({ scale }, i) =>
        tf.mul(sums[i]!, typeof scale === 'number' ? scale / batch : tf.div(scale, batch)),
      );
      const loss = (scaled.length === 1 ? scaled[0] : tf.addN(scaled)) as tf.Scalar;
      const all = [tf.stack(sums) as tf.Tensor1D, ...(measures === undefined ? [] : [measures.sums])];
      return {
        loss,
        aux: { sums: tf.concat1d(all), ...namedBuffers(buffers, this.uploads.rows(index).start) } as Sums,
      };
    });
  }

  /** Assigns the new values of buffers that the losses of a batch returned. */
  assignBuffers(aux: Sums): void {
    for (const [key, value] of Object.entries(aux)) {
      if (!key.startsWith(BUFFER)) continue;
      const [module, ...name] = key.slice(BUFFER.length).split('.');
      const buffer = this.networks.generator.modules[module!]?.namedLeaves().get(name.join('.'));
      if (buffer === undefined || buffer.trainable) {
        throw new Error(
          `The method ${this.step.name} returned a value for ${key.slice(BUFFER.length)}, which is no buffer.`,
        );
      }
      buffer.variable.assign(value);
    }
  }

  /** The numbers that the loss of a phase needs of the whole batch; undefined where it asks for none, or has it all. */
  private *couple(
    name: PhaseName,
    uploaded: readonly Uploaded[],
    fakes: readonly tf.Tensor4D[] | undefined,
  ): Turns<BatchNumbers | undefined> {
    const { step, options, uploads } = this;
    const networks = this.networks[name];
    if (uploads.microBatches.isWhole || step[name].coupling === undefined) return undefined;
    const parts: BatchNumbers[] = [];
    for (const [index, each] of uploaded.entries()) {
      parts.push(
        tf.tidy(() =>
          name === 'generator'
            ? step.generator.coupling!(this.generatorInputs(each, index, undefined), networks, options)
            : step.fakeScore.coupling!(this.fakeScoreInputs(each, index, undefined, fakes?.[index]), networks, options),
        ),
      );
      flushEngine();
      yield;
    }
    uploads.rewindMasks(name);
    const own = Object.fromEntries(
      Object.keys(parts[0]!).map((key) => [
        key,
        tf.concat(
          parts.map((part) => part[key]!),
          0,
        ),
      ]),
    );
    return yield* uploads.microBatches.join(own);
  }

  /** x_g without gradient, [N, H, W, C]. */
  fakes({ z, labels }: Uploaded): tf.Tensor4D {
    return withoutGradient(() => this.networks.generator.student.generate(z!, labels));
  }

  /**
   * Statistics of an iteration by their published names.
   *
   * @param turns phases of the iteration, in order
   * @param values the sums of its phases, one after the other
   */
  stats(turns: readonly PhaseName[], values: ArrayLike<number>): Record<string, number> {
    const { step, options } = this;
    const { imgResolution, imgChannels } = this.networks.generator.student;
    const scale = { batch: options.batch, pixels: imgResolution ** 2 * imgChannels };
    let at = 0;
    const each = turns.map((name) => {
      const all = this.sumNames[name]!.map((sum) => [sum, values[at++]!] as const);
      const { [REGRESSION]: regression, ...sums } = Object.fromEntries(all);
      const stats = step[name].stats(sums, scale, options);
      return regression === undefined ? stats : { ...stats, [REGRESSION]: regression / options.batch };
    });
    return Object.assign({}, ...each) as Record<string, number>;
  }

  private fakeScoreInputs(
    uploaded: Uploaded,
    index: number,
    whole: BatchNumbers | undefined,
    fakes?: tf.Tensor4D,
  ): FakeScoreInputs {
    const { z: _, made, ...common } = uploaded;
    const images = made?.images ?? fakes ?? this.fakes(uploaded);
    const rng = this.uploads.masks.fakeScore[index]!;
    const rows = this.uploads.rows(index);
    return { ...common, whole, rows, images, augmentLabels: made?.augmentLabels, rng };
  }

  /** The regression's term: the student's images of the pairs' noise, compared with the teacher's. */
  private regress(pairs: PairInputs, index: number): PhaseLoss['terms'] {
    const { regression, networks, uploads } = this;
    const x = networks.generator.student.generate(pairs.z, pairs.labels, { rng: uploads.masks.generator[index] });
    return { [REGRESSION]: { values: regression!.losses(x, pairs), scale: regression!.weight } };
  }

  private generatorInputs(
    { z, made: _, ...common }: Uploaded,
    index: number,
    whole: BatchNumbers | undefined,
  ): GeneratorInputs {
    const { sigma, noise, labels } = common;
    const xg = this.networks.generator.student.generate(z!, labels, { rng: this.uploads.masks.generator[index] });
    // Only the student's parameters are differentiated; x_t carries the gradient through both frozen networks.
    const xt = tf.add(xg, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
    const [first, second] = this.uploads.comparedMasks;
    return { ...common, whole, rows: this.uploads.rows(index), xg, xt, masks: [first[index]!, second[index]!] };
  }
}

/**
 * The buffers' values are summed over the micro-batches like everything else, so only that with the first image of the batch has
 * them.
 */
function namedBuffers(buffers: PhaseLoss['buffers'] = {}, start: number): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(buffers).map(([name, value]) => [`${BUFFER}${name}`, start === 0 ? value : tf.zerosLike(value)]),
  );
}
