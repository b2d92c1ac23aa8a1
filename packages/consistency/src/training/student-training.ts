import * as tf from '@tensorflow/tfjs-core';
import {
  checkAugmentation,
  checkScaleInput,
  checkTrainable,
  copyTeacher,
  defaultsOf,
  describeGenerator,
  describeLabels,
  disposeLossAndGrads,
  EmaSet,
  GUIDANCE_OPTIONS,
  GuidanceLabels,
  guidanceOf,
  guideDenoiser,
  isGeneratorAlive,
  isNetwork,
  isScaleRange,
  joinParts,
  networkMetadata,
  recordGuidance,
  RegressionTerm,
  restoreWhole,
  settleTrainingLabels,
  takePart,
  withScaleInput,
  type DenoiserNetwork,
  type DistillationMethod,
  type ImageBatchSource,
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
import type { LossAndGrads } from '@onestep/nn';
import { Rng, type MaskRng, type RngState } from '@onestep/random';
import { StudentStreams, type StudentDraws } from './draws.js';
import { learningRateAt } from './learning-rate.js';
import type { StudentOptions } from './options.js';
import { StudentOptimizer, type StudentRates } from './student-optimizer.js';
import type { Progress, StudentNetworks, StudentStep } from './student-step.js';
import { StudentUploads, type RealImages, type StudentTensors } from './uploads.js';

/** Tensors of an iteration: everything that changes from one to the next, so that an engine can replay it. */
interface Iteration {
  microBatches: StudentTensors[];
  rates: StudentRates;
  emaDecays: tf.Scalar[];
  pairs: PairInputs[] | undefined;
}

/**
 * Sums over a batch: of the losses, of every measure in the order of their names, of the images that are not valid, and of the
 * pairs' losses.
 */
type Sums = { sums: tf.Tensor1D };

/** Options of methods without guidance. */
const NO_GUIDANCE = defaultsOf(GUIDANCE_OPTIONS);

/** The regression's statistic. */
const REGRESSION = 'Regression/loss';

/**
 * The loop that consistency models and their relatives share: the student learns targets that are made of real images, with
 * the teacher or with earlier weights of its own. A {@link StudentStep} says how.
 */
export class StudentTraining<
  O extends StudentOptions,
  S extends TrainableGenerator & { clone(): S },
> implements DistillationMethod {
  readonly student: S;
  readonly regression: RegressionTerm | undefined;
  /** Uploads what was drawn. */
  readonly uploads: StudentUploads<O, S>;
  readonly networks: StudentNetworks<S>;
  private readonly method: StudentStep<O, S>;
  private readonly options: O;
  private readonly data: ImageBatchSource;
  private readonly labels: TrainingLabels | undefined;
  private readonly random: StudentStreams<O, S>;
  private readonly optimizer: StudentOptimizer<O>;
  private readonly emas: EmaSet<S>;
  private readonly update: (inputs: () => Iteration) => Promise<Sums>;
  /** Known once the loss was evaluated. */
  private measureNames: string[] = [];
  private stage = 0;

  /** @throws RangeError if there are no images, or the options do not fit the teacher */
  constructor(method: StudentStep<O, S>, args: MethodArgs<O> & { options: O }) {
    const { teacher, augmentation = null, data, regression, perceptual, communicator, options } = args;
    if (data === undefined) throw new RangeError(`The method ${method.name} learns from real images: pass \`data\`.`);
    this.method = method;
    this.options = options;
    this.data = data;
    this.labels = settleTrainingLabels(teacher, { labels: args.labels });
    if (isNetwork(teacher)) teacher.module.eval();
    this.student = createStudent(method, args);
    if ('network' in this.student) checkAugmentation(augmentation, this.student.network as DenoiserNetwork);
    this.student.module.train();
    const names = method.copies?.(options) ?? [];
    const copies = Object.fromEntries(names.map((name) => [name, this.student.clone() as S]));
    for (const { module } of Object.values(copies)) module.train();
    const modules = method.modules?.(this.student, new Rng(options.seed, 'modules'), options) ?? {};
    this.emas = new EmaSet(this.student, options);
    const guidance = guidanceOf({ ...NO_GUIDANCE, ...options }, teacher, args.weaker);
    const guided = guidance === undefined ? teacher : guideDenoiser(teacher, guidance);
    const own = { student: this.student, averaged: this.emas.first, copies, modules };
    const acts = guidance?.scale !== 1 || guidance.limit !== undefined;
    this.networks = { teacher: guided, guidance: acts ? guidance : undefined, ...own, perceptual };
    this.optimizer = new StudentOptimizer(this.student.module, modules, options, method.adam?.(options));
    const { imgResolution, imgChannels } = this.student;
    this.uploads = new StudentUploads(method, this.student, options, communicator);
    const { microBatches } = this.uploads;
    const pixels = imgResolution ** 2 * imgChannels;
    this.random = new StudentStreams(method, pixels, options, augmentation, microBatches.rows);
    this.regression = regression && new RegressionTerm(regression, { teacher, microBatches, perceptual });
    this.update = microBatches.compileTurns((iteration: Iteration) => this.iterate(iteration));
  }

  get generator(): S {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const progress = { imagesSeen, iteration: Math.floor(imagesSeen / this.options.batch) };
    this.enterStage(progress);
    const draws = this.random.next(progress);
    const real = this.uploads.real(await this.data.next(this.uploads.microBatches.rows));
    const { imgResolution: size, imgChannels: channels } = this.student;
    const augmentLabels = this.random.augment({ pixels: real.pixels, size, channels });
    return this.stepWith(progress, { ...real, augmentLabels }, draws);
  }

  /** An iteration from given images and draws. For comparisons with other implementations; {@link StudentTraining.step} draws. */
  async stepWith(progress: Progress, real: RealImages, draws: StudentDraws): Promise<StepStats> {
    const { method, options, regression } = this;
    const pairs = await regression?.next();
    const { sums } = await this.update(() => ({
      microBatches: this.uploads.upload(real, draws, progress),
      rates: this.optimizer.nextRates(this.learningRate(progress)),
      emaDecays: this.emas.nextDecays(progress.imagesSeen),
      pairs: pairs && regression!.upload(pairs),
    }));
    // The one time in a step that the host waits for the device.
    const [losses, ...values] = await sums.data();
    sums.dispose();
    const measures = Object.fromEntries(this.measureNames.map((name, i) => [name, values[i]!]));
    const invalid = values[this.measureNames.length]!;
    const { imgResolution, imgChannels } = this.student;
    const scale = { batch: options.batch - invalid, pixels: imgResolution ** 2 * imgChannels, progress };
    const stats = { ...method.stats({ ...measures, losses: losses! }, scale, options), NaN_samples: invalid };
    return pairs === undefined ? stats : { ...stats, [REGRESSION]: values.at(-1)! / options.batch };
  }

  private learningRate(progress: Progress): number {
    const { method, options } = this;
    return (method.learningRate ?? learningRateAt)(progress, options);
  }

  private enterStage(progress: Progress): void {
    const stage = this.method.stage?.(progress, this.options) ?? 0;
    if (stage === this.stage) return;
    this.stage = stage;
    this.method.beginStage?.(this.networks, this.options);
    this.optimizer.reset();
  }

  /** One iteration: an update of the student, of the averaged weights, and of the method's copies. */
  private *iterate({ microBatches, rates, emaDecays, pairs }: Iteration): Turns<Sums> {
    const { loss, grads, absent, aux } = yield* this.gradients(microBatches, pairs);
    const { schedule } = microBatches[0]!;
    this.uploads.microBatches.update('update', { grads, rates, emaDecays, schedule }, (given) => {
      this.optimizer.update(given.grads, given.rates, absent);
      this.emas.update(this.student, given.emaDecays);
      this.method.afterUpdate?.(this.networks, given.schedule, this.options);
    });
    const sums = tf.clone(aux.sums);
    disposeLossAndGrads({ loss, grads, aux });
    return { sums };
  }

  /**
   * The mean loss of a batch, its gradients before they are clipped (the student's, then its modules'), and sums for the
   * statistics. For comparisons with other implementations; {@link StudentTraining.step} does all of an iteration.
   *
   * @param microBatches one entry per micro-batch
   * @param pairs that the student learns in addition
   */
  *gradients(microBatches: readonly StudentTensors[], pairs?: readonly PairInputs[]): Turns<LossAndGrads<Sums>> {
    const { method, networks, options, uploads } = this;
    const inputs = microBatches.map((tensors, index) => ({ tensors, pairs: pairs?.[index] }));
    return yield* uploads.microBatches.accumulate('loss', this.optimizer.parameters, inputs, (input, index) => {
      const masks = uploads.masksOf(index);
      const { losses, measures = {}, valid } = method.loss({ ...input.tensors, masks }, networks, options);
      this.measureNames = Object.keys(measures);
      const areNumbers = tf.isFinite(losses);
      const counts = valid === undefined ? areNumbers : tf.logicalAnd(valid, areNumbers);
      const sum = (values: tf.Tensor1D) => tf.sum<tf.Scalar>(tf.where(counts, values, tf.zerosLike(values)));
      const total = sum(losses);
      const invalid = tf.sum<tf.Scalar>(tf.cast(tf.logicalNot(counts), 'float32'));
      const further = input.pairs && this.regress(input.pairs, masks[0]!);
      const sums = [total, ...Object.values(measures).map(sum), invalid, ...(further === undefined ? [] : [further])];
      const weighted = further === undefined ? total : tf.add(total, tf.mul(further, this.regression!.weight));
      return { loss: tf.div(weighted, options.batch) as tf.Scalar, aux: { sums: tf.stack(sums) as tf.Tensor1D } };
    });
  }

  /** The regression's term: the student's images of the pairs' noise, compared with the teacher's. */
  private regress(pairs: PairInputs, rng: MaskRng): tf.Scalar {
    const { student, regression } = this;
    return tf.sum(regression!.losses(student.generate(pairs.z, pairs.labels, { rng }), pairs));
  }

  async state(): Promise<TaskState> {
    const { copies, modules } = this.networks;
    const copied = Object.entries(copies).map(async ([name, { module }]) => [name, await module.stateDict()]);
    const further = Object.entries(modules).map(async ([name, module]) => [name, await module.stateDict()]);
    const tensors = joinParts({
      G: await this.student.module.stateDict(),
      ...(await this.emas.stateDicts('G_ema')),
      optimizer: await this.optimizer.stateDict(),
      copies: joinParts(Object.fromEntries(await Promise.all(copied)) as Record<string, never>),
      modules: joinParts(Object.fromEntries(await Promise.all(further)) as Record<string, never>),
    });
    const values = {
      method: this.method.name,
      stage: this.stage,
      random: this.random.state(),
      data: this.data.state(),
      emas: this.emas.state(),
      ...(this.regression !== undefined && { regression: this.regression.state() }),
    };
    return { tensors, values };
  }

  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    const { name } = this.method;
    if (values.method !== name) {
      throw new Error(
        `This training state was saved by ${String(values.method)}, not ${name}: resume a run with the method that trained it.`,
      );
    }
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.emas.restore(tensors, 'G_ema', values.emas);
    this.optimizer.loadStateDict(takePart(tensors, 'optimizer'));
    for (const [copy, { module }] of Object.entries(this.networks.copies)) {
      module.loadStateDict(takePart(takePart(tensors, 'copies'), copy));
    }
    for (const [further, module] of Object.entries(this.networks.modules)) {
      module.loadStateDict(takePart(takePart(tensors, 'modules'), further));
    }
    this.stage = values.stage as number;
    this.random.restore(values.random as Record<string, RngState>);
    this.data.restore(values.data);
    // A run may start from the state of one that had no pairs.
    if (values.regression !== undefined) this.regression?.restore(values.regression);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot((generator) => this.save(generator));
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots((generator) => this.save(generator));
  }

  private async save(generator: TrainableGenerator): Promise<NetworkSnapshot> {
    const { name, record } = this.method;
    const own = { ...recordGuidance(this.options), ...record?.(this.options) };
    const settings = describeGenerator(generator.settings, { method: name, ...own });
    const contents = { tensors: await generator.module.stateDict(), metadata: networkMetadata(settings) };
    return describeLabels(contents, generator, this.labels);
  }

  async isAlive(): Promise<boolean> {
    return (await isGeneratorAlive(this.student)) && (await isGeneratorAlive(this.generator));
  }

  /** Frees everything but the teacher. */
  dispose(): void {
    this.student.module.dispose();
    for (const { module } of Object.values(this.networks.copies)) module.dispose();
    for (const module of Object.values(this.networks.modules)) module.dispose();
    this.emas.dispose();
    this.optimizer.dispose();
  }
}

/** @throws RangeError if the teacher cannot be copied, or the generator cannot be trained further by the method */
function createStudent<O extends StudentOptions, S extends TrainableGenerator>(
  method: StudentStep<O, S>,
  { teacher, generator, options }: MethodArgs<O> & { options: O },
): S {
  const { guidance } = options;
  const range = isScaleRange(guidance) ? guidance : undefined;
  if (generator === undefined) {
    const copy = copyTeacher(teacher, 'generator');
    return method.student(range ? withScaleInput(copy, new GuidanceLabels(range, teacher.labelDim)) : copy, options);
  }
  const given = checkTrainable(generator, teacher);
  checkScaleInput(given, range);
  if (method.continued !== undefined) return method.continued(given, options);
  if ('network' in given) return method.student(given.network as DenoiserNetwork, options);
  throw new RangeError(`The method ${method.name} trains generators that are made of a denoising network.`);
}
