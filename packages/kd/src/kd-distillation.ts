import * as tf from '@tensorflow/tfjs-core';
import {
  checkScaleInput,
  checkTrainable,
  copyTeacher,
  describeGenerator,
  describeLabels,
  disposeLossAndGrads,
  EmaSet,
  isGeneratorAlive,
  joinParts,
  MicroBatches,
  NetworkGenerator,
  networkMetadata,
  RegressionTerm,
  restoreWhole,
  settleTrainingLabels,
  takePart,
  type DistillationMethod,
  type MethodArgs,
  type NamedSnapshot,
  type NetworkSnapshot,
  type PairInputs,
  type StepStats,
  type TaskState,
  type TrainableGenerator,
  type TrainingLabels,
  type Turns,
} from '@onestep/diffusion-core';
import { Adam, clipByGlobalNorm, type AdamRates, type LossAndGrads } from '@onestep/nn';
import type { KdOptions } from './kd.js';

/** Tensors of an iteration: everything that changes from one to the next, so that an engine can replay it. */
interface Iteration {
  microBatches: PairInputs[];
  rates: AdamRates;
  emaDecays: tf.Scalar[];
}

/** Sums over a batch: of the losses, of the squared differences, and of the samples without numbers. */
type Sums = { sums: tf.Tensor1D };

/**
 * KD (Luhman & Luhman 2021): the student G learns pairs of a noise z and the image y at the end of the teacher's path from it,
 * by minimizing E d(G(z), y). G(z) = D(sigma_init z; sigma_init), at the noise level where the path begins.
 */
export class KdDistillation implements DistillationMethod {
  /** G */
  readonly student: TrainableGenerator;
  private readonly emas: EmaSet<TrainableGenerator>;
  private readonly options: KdOptions;
  private readonly labels: TrainingLabels | undefined;
  private readonly term: RegressionTerm;
  /** The scale that the pairs were made with. */
  private readonly guidance: number | undefined;
  private readonly microBatches: MicroBatches;
  private readonly optimizer: Adam;
  private readonly pixels: number;
  private readonly update: (inputs: () => Iteration) => Promise<Sums>;

  /** @throws RangeError if there are no pairs, they are of other images, or the generator cannot be trained further */
  constructor(args: MethodArgs<KdOptions> & { options: KdOptions }) {
    const { teacher, generator, pairs, perceptual, communicator, options } = args;
    if (pairs === undefined) {
      throw new RangeError('The method kd learns pairs of noise and images that the teacher made: pass `pairs`.');
    }
    const { loss: distance, initSigma, gBeta1: beta1, gBeta2: beta2, weightDecay } = options;
    this.options = options;
    this.guidance = pairs.guidance?.scale;
    this.labels = settleTrainingLabels(teacher, { labels: pairs.labels });
    this.microBatches = new MicroBatches(options, communicator, { pixels: teacher.imgResolution ** 2 });
    this.term = new RegressionTerm(
      { pairs, distance, weight: 1 },
      { teacher, perceptual, microBatches: this.microBatches },
    );
    this.student =
      generator === undefined
        ? new NetworkGenerator(copyTeacher(teacher, 'generator'), initSigma)
        : checkTrainable(generator, teacher);
    checkScaleInput(this.student, null);
    // No dropout: the student learns one function of the noise.
    this.student.module.eval();
    this.emas = new EmaSet(this.student, options);
    this.pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    const adam = { beta1, beta2, weightDecay };
    this.optimizer = new Adam(this.student.module.namedParameters(), adam);
    this.update = this.microBatches.compileTurns((iteration: Iteration) => this.iterate(iteration));
  }

  get generator(): TrainableGenerator {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const { batch } = this.options;
    const pairs = await this.term.next();
    const { sums } = await this.update(() => ({
      microBatches: this.term.upload(pairs),
      rates: this.optimizer.nextRates(this.learningRate(imagesSeen)),
      emaDecays: this.emas.nextDecays(imagesSeen),
    }));
    // The one time in a step that the host waits for the device.
    const [loss, squares, invalid] = await sums.data();
    sums.dispose();
    const valid = batch - invalid!;
    return {
      'G_Loss/loss': valid > 0 ? loss! / valid : NaN,
      Pair_error: valid > 0 ? Math.sqrt(squares! / (valid * this.pixels)) : NaN,
      NaN_samples: invalid!,
    };
  }

  /** The learning rate of the step after `imagesSeen` images: with a warm-up, 0 in the first one. */
  private learningRate(imagesSeen: number): number {
    const { glr, warmup, batch } = this.options;
    return warmup === 0 ? glr : glr * Math.min(imagesSeen / batch / warmup, 1);
  }

  /** One iteration: an update of the student, then of the averaged weights. */
  private *iterate({ microBatches, rates, emaDecays }: Iteration): Turns<Sums> {
    const { clipGradNorm } = this.options;
    const { loss, grads, absent, aux } = yield* this.gradients(microBatches);
    this.microBatches.update('update', { grads, rates, emaDecays }, (given) => {
      const clipped = clipGradNorm === null ? given.grads : clipByGlobalNorm(given.grads, clipGradNorm);
      this.optimizer.update(clipped, given.rates, absent);
      this.emas.update(this.student, given.emaDecays);
    });
    const sums = tf.clone(aux.sums);
    disposeLossAndGrads({ loss, grads, aux });
    return { sums };
  }

  /**
   * The loss of a batch of pairs, its gradients before they are clipped, and sums for the statistics. For comparisons with
   * other implementations; {@link KdDistillation.step} does all of an iteration.
   *
   * @param microBatches one entry per micro-batch
   */
  *gradients(microBatches: readonly PairInputs[]): Turns<LossAndGrads<Sums>> {
    const { batch } = this.options;
    return yield* this.microBatches.accumulate('loss', this.student.module.parameters(), microBatches, (inputs) => {
      const x = this.student.generate(inputs.z, inputs.labels);
      const losses = this.term.losses(x, inputs);
      // A sample with a NaN counts in no sum; whether there is one is seen by its loss.
      const isValid = tf.isFinite(losses);
      const kept = (values: tf.Tensor1D) => tf.sum(tf.where(isValid, values, tf.zerosLike(values)));
      const squares = tf.sum(tf.squaredDifference(x, inputs.y), [1, 2, 3]) as tf.Tensor1D;
      const invalid = tf.sum(tf.sub(1, tf.cast(isValid, 'float32')));
      const sums = tf.stack([kept(losses), kept(squares), invalid]) as tf.Tensor1D;
      return { loss: tf.div(kept(losses), batch) as tf.Scalar, aux: { sums } };
    });
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      G: await this.student.module.stateDict(),
      ...(await this.emas.stateDicts('G_ema')),
      g_optimizer: await this.optimizer.stateDict(),
    });
    return { tensors, values: { method: 'kd', pairs: this.term.state(), emas: this.emas.state() } };
  }

  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    if (values.method !== 'kd') {
      throw new Error(
        `This training state was saved by ${String(values.method)}, not kd: resume a run with the method that trained it.`,
      );
    }
    this.term.restore(values.pairs);
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.emas.restore(tensors, 'G_ema', values.emas);
    this.optimizer.loadStateDict(takePart(tensors, 'g_optimizer'));
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot((generator) => this.save(generator));
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots((generator) => this.save(generator));
  }

  private async save(generator: TrainableGenerator): Promise<NetworkSnapshot> {
    const settings = describeGenerator(generator.settings, {
      method: 'kd',
      ...(this.guidance !== undefined && { guidance: this.guidance }),
    });
    const contents = { tensors: await generator.module.stateDict(), metadata: networkMetadata(settings) };
    return describeLabels(contents, generator, this.labels);
  }

  async isAlive(): Promise<boolean> {
    return (await isGeneratorAlive(this.student)) && (await isGeneratorAlive(this.generator));
  }

  /** Frees everything but the teacher. */
  dispose(): void {
    this.student.module.dispose();
    this.emas.dispose();
    this.optimizer.dispose();
  }
}
