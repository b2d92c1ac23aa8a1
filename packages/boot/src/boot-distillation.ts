import * as tf from '@tensorflow/tfjs-core';
import { Adam, clipByGlobalNorm, type AdamRates, type LossAndGrads } from '@onestep/nn';
import { type RngState } from '@onestep/random';
import {
  MicroBatches,
  NetworkGenerator,
  checkGuidance,
  checkSameImages,
  copyTeacher,
  describeLabels,
  describeScale,
  disposeLossAndGrads,
  EmaSet,
  GuidanceLabels,
  guidanceOf,
  isGeneratorAlive,
  isNetwork,
  joinParts,
  LabelPrior,
  isScaleRange,
  RandomStreams,
  recordGuidance,
  RegressionTerm,
  settleTrainingLabels,
  restoreWhole,
  takePart,
  takesScale,
  withoutGradient,
  type Turns,
  type Denoiser,
  type DenoiserNetwork,
  type Distance,
  type DistillationMethod,
  type Generator,
  type MethodArgs,
  type NamedSnapshot,
  type NetworkSnapshot,
  type PairInputs,
  type StepStats,
  type TaskState,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { BootGenerator } from './boot-generator.js';
import { bootstrapLoss, bootstrapTarget, boundaryLoss } from './boot-loss.js';
import { boundaryResidual, incrementMoments, incrementSums, sumLosses } from './diagnostics.js';
import { findDistance } from './distance.js';
import { BOOT_STREAMS, bootDraws, type BootStreams } from './draws.js';
import { guidedTeacher, type TeacherGuidance } from './guidance.js';
import type { BootOptions } from './boot.js';
import { uploadStep, type StepInputs } from './step-inputs.js';
import { noiseImage } from './signal-ode.js';
import { TimeMap } from './time.js';

/** Tensors of an iteration: everything that changes from one to the next, so that an engine can replay it. */
interface Iteration {
  microBatches: StepInputs[];
  rates: AdamRates;
  emaDecays: tf.Scalar[];
  /** Pairs that the student learns in addition. */
  pairs: PairInputs[] | undefined;
}

/** The parts of a student. */
interface StudentParts {
  network: DenoiserNetwork;
  guidanceLabels?: GuidanceLabels;
}

/** Sums over a batch; with pairs, `regression` is the sum of their losses. */
type Sums = { losses: tf.Tensor1D; increments: tf.Tensor2D } & tf.NamedTensorMap;

/**
 * BOOT (Gu et al. 2023): turns a teacher into a one-step generator g(eps, t_min) without data. The student
 * learns the whole path g(eps, t) of the signal, from pure noise at t_max to the image at t_min. At s = t -
 * delta it is compared with one step of the Signal-ODE from its own output at t.
 */
export class BootDistillation implements DistillationMethod {
  /** g_theta */
  readonly student: BootGenerator;
  readonly regression: RegressionTerm | undefined;
  private readonly emas: EmaSet<BootGenerator>;
  private readonly teacher: Denoiser;
  private readonly options: BootOptions;
  private readonly guidance: TeacherGuidance | undefined;
  private readonly distance: Distance;
  private readonly time: TimeMap;
  /** The labels that the student learns; undefined where nothing is known of them. */
  private readonly labels: TrainingLabels | undefined;
  private readonly prior: LabelPrior;
  private readonly streams: BootStreams;
  private readonly microBatches: MicroBatches;
  private readonly optimizer: Adam;
  private readonly update: (inputs: () => Iteration) => Promise<{ stats: tf.Tensor1D }>;

  /** @throws RangeError if the options do not fit the teacher, or the generator cannot be trained further */
  constructor(args: MethodArgs<BootOptions> & { options: BootOptions }) {
    const { teacher, generator, labels: given, regression, perceptual, communicator, options } = args;
    const { initSigma, distance, gBeta1, seed } = options;
    this.options = options;
    this.labels = settleTrainingLabels(teacher, { labels: given, ...options });
    this.prior = new LabelPrior(teacher, this.labels);
    const settings = guidanceOf(options, teacher, args.weaker);
    if (settings !== undefined) checkGuidance(teacher, settings);
    this.guidance = settings && { ...settings, scale: isScaleRange(settings.scale) ? null : settings.scale };
    this.teacher = teacher;
    for (const network of [teacher, args.weaker]) if (network && isNetwork(network)) network.module.eval();
    this.time = new TimeMap(teacher, options);
    const { network, guidanceLabels } = studentParts(generator, teacher);
    // No dropout: the student learns one function of the noise, and never sees the same noise twice.
    network.module.eval();
    const labels = labelsForGuidance(options, teacher.labelDim, guidanceLabels);
    this.student = new BootGenerator({ network, initSigma, guidance: labels });
    this.emas = new EmaSet<BootGenerator>(this.student, options);
    this.distance = findDistance(distance, perceptual);
    this.optimizer = new Adam(this.student.module.namedParameters(), { beta1: gBeta1, beta2: 0.999 });
    this.streams = new RandomStreams(seed, 'boot', BOOT_STREAMS);
    this.microBatches = new MicroBatches(options, communicator, { pixels: teacher.imgResolution ** 2 });
    const { microBatches } = this;
    this.regression = regression && new RegressionTerm(regression, { teacher, microBatches, perceptual });
    this.update = this.microBatches.compileTurns((iteration: Iteration) => this.iterate(iteration));
  }

  get generator(): BootGenerator {
    return this.emas.first;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const { teacher, time, prior, microBatches, options } = this;
    const { batch, glr } = options;
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    const draws = bootDraws(this.streams, { ...options, pixels, prior, rows: this.microBatches.rows });
    const pairs = await this.regression?.next();
    const { stats } = await this.update(() => ({
      microBatches: uploadStep(draws, { teacher, time, prior, options, microBatches, imagesSeen }),
      rates: this.optimizer.nextRates(glr),
      emaDecays: this.emas.nextDecays(imagesSeen),
      pairs: pairs && this.regression!.upload(pairs),
    }));
    // The one time in a step that the host waits for the device.
    const values = [...(await stats.data())];
    stats.dispose();
    const regression: StepStats = pairs === undefined ? {} : { 'Regression/loss': values.pop()! / batch };
    const [loss, bootstrap, boundary, residual, invalid, ...increments] = values;
    const average = (sum: number) => (invalid! < batch ? sum / (batch - invalid!) : NaN);
    return {
      'G_Loss/loss': invalid === 0 ? loss! : average(bootstrap! + options.beta * boundary!),
      'G_Loss/bootstrap': average(bootstrap!),
      'G_Loss/boundary': average(boundary!),
      Boundary_residual: residual! / batch,
      ...incrementMoments(draws.place, increments),
      NaN_samples: invalid!,
      ...regression,
    };
  }

  /** One iteration: an update of the student, then of the averaged weights. */
  private *iterate({ microBatches, pairs, rates, emaDecays }: Iteration): Turns<{ stats: tf.Tensor1D }> {
    const { clipGradNorm } = this.options;
    const { loss, grads, aux } = yield* this.gradients(microBatches, pairs);
    this.microBatches.update('update', { grads, rates, emaDecays }, (given) => {
      const clipped = clipGradNorm === null ? given.grads : clipByGlobalNorm(given.grads, clipGradNorm);
      this.optimizer.update(clipped, given.rates);
      this.emas.update(this.student, given.emaDecays);
    });
    const { losses, increments, regression } = aux;
    const own = [tf.reshape(loss, [1]), losses, tf.reshape(increments, [-1])] as tf.Tensor1D[];
    const stats = tf.concat1d(pairs === undefined ? own : [...own, regression as tf.Tensor1D]);
    disposeLossAndGrads({ loss, grads, aux });
    return { stats };
  }

  /** L = L_BS + beta L_BC, with pairs + weight L_reg; its gradients, and sums for the statistics. */
  private *gradients(
    microBatches: readonly StepInputs[],
    pairs: readonly PairInputs[] | undefined,
  ): Turns<LossAndGrads<Sums>> {
    const { distance, options } = this;
    const { batch, beta, solver } = options;
    const inputs = microBatches.map((drawn, index) => ({ drawn, pairs: pairs?.[index] }));
    return yield* this.microBatches.accumulate('loss', this.student.module.parameters(), inputs, (input) => {
      const { eps, sigmaT, sigmaS, tauT, tauS, sigmaMax, weight, bins, ...conditions } = input.drawn;
      const g = (tau: tf.Tensor1D) => this.student.signal(eps, tau, conditions);
      const f = guidedTeacher(this.teacher, conditions, this.guidance);

      const y = withoutGradient(() => g(tauT));
      const bootstrap = bootstrapTarget({ y, teacher: f, eps, sigmaT, sigmaS, solver });
      const bootstrapLosses = bootstrapLoss(g(tauS), bootstrap.target, weight, distance);

      const start = g(sigmaMax);
      const fMax = withoutGradient(() => f(noiseImage(sigmaMax, eps), sigmaMax));
      const boundaryLosses = boundaryLoss(start, fMax, distance);

      const total = tf.add(tf.sum(bootstrapLosses), tf.mul(tf.sum(boundaryLosses), beta));
      const losses = sumLosses(bootstrapLosses, boundaryLosses, boundaryResidual(start, fMax));
      const aux = { losses, increments: incrementSums(bootstrap, bins) };
      if (input.pairs === undefined) return { loss: tf.div(total, batch) as tf.Scalar, aux };
      const { z, labels } = input.pairs;
      const regression = tf.sum(this.regression!.losses(this.student.generate(z, labels), input.pairs));
      const all = tf.add(total, tf.mul(regression, this.regression!.weight));
      return { loss: tf.div(all, batch) as tf.Scalar, aux: { ...aux, regression: tf.reshape(regression, [1]) } };
    });
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      G: await this.student.module.stateDict(),
      ...(await this.emas.stateDicts('G_ema')),
      g_optimizer: await this.optimizer.stateDict(),
    });
    const regression = this.regression && { regression: this.regression.state() };
    return {
      tensors,
      values: { method: 'boot', random: this.streams.state(), emas: this.emas.state(), ...regression },
    };
  }

  async restore(state: TaskState): Promise<void> {
    await restoreWhole({ state: () => this.state(), load: (from) => this.load(from) }, state);
  }

  private load({ tensors, values }: TaskState): void {
    if (values.method !== 'boot') {
      throw new Error(
        `This training state was saved by ${String(values.method)}, not boot: resume a run with the method that trained it.`,
      );
    }
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.emas.restore(tensors, 'G_ema', values.emas);
    this.optimizer.loadStateDict(takePart(tensors, 'g_optimizer'));
    this.streams.restore(values.random as Record<string, RngState>);
    // A run may start from the state of one that had no pairs.
    if (values.regression !== undefined) this.regression?.restore(values.regression);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    return this.emas.snapshot((generator) => this.save(generator));
  }

  furtherSnapshots(): AsyncIterable<NamedSnapshot> {
    return this.emas.furtherSnapshots((generator) => this.save(generator));
  }

  private async save(generator: BootGenerator): Promise<NetworkSnapshot> {
    return describeLabels(await generator.snapshot(recordGuidance(this.options)), generator, this.labels);
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

/**
 * The network to train, and its input for guidance if it was trained with one.
 *
 * @throws RangeError if the generator does not fit the teacher, or has no network to train
 */
function studentParts(generator: Generator | undefined, teacher: Denoiser): StudentParts {
  if (generator === undefined) return { network: copyTeacher(teacher, 'generator') };
  checkSameImages('generator', generator, teacher);
  if (generator instanceof BootGenerator) return generator.parts;
  if (generator instanceof NetworkGenerator) {
    const { network } = generator;
    return takesScale(network) ? { network: network.unscaled, guidanceLabels: network.scaleInput } : { network };
  }
  throw new RangeError('BOOT trains a network: pass a NetworkGenerator or a BootGenerator as `generator`.');
}

/**
 * The student's input for the scale of guidance; undefined if there is only one scale.
 *
 * @throws RangeError if the student was trained with another range before
 */
function labelsForGuidance(
  { guidance }: BootOptions,
  labelDim: number,
  before?: GuidanceLabels,
): GuidanceLabels | undefined {
  const range = isScaleRange(guidance) ? guidance : undefined;
  if (before !== undefined && range?.join() !== before.range.join()) {
    throw new RangeError(
      `The student was trained with guidance from ${describeScale(before.range)}: pass the same range.`,
    );
  }
  return before ?? (range && new GuidanceLabels(range, labelDim));
}
