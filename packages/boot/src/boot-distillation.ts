import * as tf from '@tensorflow/tfjs-core';
import { Adam, emaDecay, updateEma, type AdamRates, type LossAndGrads, type RngState, type Step } from '@onestep/nn';
import {
  accumulateGradients,
  disposeLossAndGrads,
  joinParts,
  oneHot,
  stepInRounds,
  takePart,
  withoutGradient,
  type Denoiser,
  type DenoiserNetwork,
  type DistillationMethod,
  type NetworkSnapshot,
  type StepStats,
  type TaskState,
} from '@onestep/diffusion-core';
import { BootGenerator } from './boot-generator.js';
import { bootstrapLoss, bootstrapTarget, bootstrapWeight, boundaryLoss } from './boot-loss.js';
import { boundaryResidual, incrementMoments, incrementSums, TIME_BINS, timeBins } from './diagnostics.js';
import { DISTANCES, type Distance } from './distance.js';
import { GuidanceLabels, guidedTeacher } from './guidance.js';
import { bootOptions, type BootOptions } from './options.js';
import { BootRandom, type BootDraws } from './random-draws.js';
import { stepSize, TimeMap } from './time.js';

/** The tensors of one round, made from its share of the draws. */
interface Round {
  eps: tf.Tensor4D;
  /** Noise levels of the teacher, and of the student, at t, s and t_max. */
  sigmaT: tf.Tensor1D;
  sigmaS: tf.Tensor1D;
  tauT: tf.Tensor1D;
  tauS: tf.Tensor1D;
  sigmaMax: tf.Tensor1D;
  weight: tf.Tensor1D;
  bins: tf.Tensor2D;
  labels: tf.Tensor2D | undefined;
  guidance: tf.Tensor1D | undefined;
}

/** What an iteration computes with: all that changes from one to the next, so that it can be replayed. */
interface Iteration {
  rounds: Round[];
  rates: AdamRates;
  emaDecay: tf.Scalar;
}

/** Where each image of a batch is on its path, in host memory. */
interface Times {
  /** From 0 at t_min to 1 at t_max. */
  place: Float64Array;
  sigmaT: Float32Array;
  sigmaS: Float32Array;
  tauT: Float32Array;
  tauS: Float32Array;
  weight: Float32Array;
}

/** [4 + 6 TIME_BINS] numbers of a step. */
type Stats = { stats: tf.Tensor1D };

/**
 * BOOT (Gu et al. 2023): turns a teacher into a one-step generator g(eps, t_min) without data. The student learns the whole path
 * g(eps, t) of the signal, from pure noise at t_max to the image at t_min: what it says at s = t - delta is compared with one step of the
 * Signal-ODE from what it says itself at t.
 */
export class BootDistillation implements DistillationMethod {
  /** With averaged weights. */
  readonly generator: BootGenerator;
  /** The one being trained, g_theta. */
  readonly student: BootGenerator;
  private readonly teacher: Denoiser;
  private readonly options: BootOptions;
  private readonly distance: Distance;
  private readonly time: TimeMap;
  private readonly random: BootRandom;
  private readonly optimizer: Adam;
  private readonly update: Step<Iteration, Stats>;

  /**
   * @param teacher stays the caller's, and must live as long as this
   * @param student whose copy is trained; the teacher unless it is something else than a network
   * @param options those left out have the defaults of {@link bootOptions}
   */
  constructor(
    args: { options?: Partial<BootOptions> } & (
      { teacher: DenoiserNetwork; student?: DenoiserNetwork } | { teacher: Denoiser; student: DenoiserNetwork }
    ),
  ) {
    const { teacher, student = teacher as DenoiserNetwork, options = {} } = args;
    this.options = bootOptions(options);
    const { distance, guidance, seed, gBeta1, batch, batchGpu, initSigma } = this.options;
    this.teacher = teacher;
    if (args.student === undefined) student.module.eval();
    if (guidance !== null && teacher.labelDim === 0)
      throw new RangeError('Guidance compares images with and without a label, and this teacher has no labels.');
    this.time = new TimeMap(teacher, this.options);
    const ranged = typeof guidance === 'object' && guidance !== null;
    const network = student.clone();
    // Without dropout: what is learned is one function of the noise, and there is always more noise.
    network.module.eval();
    this.student = new BootGenerator({
      network,
      initSigma,
      guidance: ranged ? new GuidanceLabels(guidance, teacher.labelDim) : undefined,
    });
    this.generator = this.student.clone();
    this.distance = typeof distance === 'string' ? DISTANCES[distance] : distance;
    this.optimizer = new Adam(this.student.module.namedParameters(), { beta1: gBeta1, beta2: 0.999 });
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    this.random = new BootRandom(seed, { batch, pixels, labelDim: teacher.labelDim, guidance });
    this.update = stepInRounds(batch / batchGpu, (iteration: Iteration) => this.updated(iteration));
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<StepStats> {
    const { batch, glr, emaHalflifeKimg, emaRampUpRatio } = this.options;
    const decay = emaDecay(batch, emaHalflifeKimg * 1000, imagesSeen, emaRampUpRatio);
    const draws = this.random.draws();
    const times = this.times(draws.u, imagesSeen);
    const { stats } = tf.tidy(() =>
      this.update({
        rounds: this.rounds(draws, times),
        rates: this.optimizer.nextRates(glr),
        emaDecay: tf.scalar(decay),
      }),
    );
    // The one time in a step that the host waits for the device.
    const [loss, bootstrap, boundary, residual, ...increments] = await stats.data();
    stats.dispose();
    return {
      'G_Loss/loss': loss!,
      'G_Loss/bootstrap': bootstrap! / batch,
      'G_Loss/boundary': boundary! / batch,
      Boundary_residual: residual! / batch,
      ...incrementMoments(times.place, increments),
    };
  }

  /** The student's step, then that of the average. */
  private updated({ rounds, rates, emaDecay }: Iteration): Stats {
    const { loss, grads, aux } = this.gradients(rounds);
    this.optimizer.update(grads, rates);
    updateEma(this.generator.module, this.student.module, emaDecay);
    const stats = tf.concat1d([tf.reshape(loss, [1]), aux.losses, tf.reshape(aux.increments, [-1])]);
    disposeLossAndGrads({ loss, grads, aux });
    return { stats };
  }

  /** L = L_BS + beta L_BC, its gradients, and sums over the batch of what there is to tell. */
  private gradients(rounds: readonly Round[]): LossAndGrads<{ losses: tf.Tensor1D; increments: tf.Tensor2D }> {
    const { distance, options } = this;
    const { batch, beta, order } = options;
    return accumulateGradients(rounds.length, this.student.module.parameters(), (round) => {
      const { eps, sigmaT, sigmaS, tauT, tauS, sigmaMax, weight, bins, ...conditions } = rounds[round]!;
      const student = (tau: tf.Tensor1D) => this.student.signal(eps, tau, conditions);
      const teacher = guidedTeacher(this.teacher, conditions);

      const y = withoutGradient(() => student(tauT));
      const bootstrap = bootstrapTarget({ y, teacher, eps, sigmaT, sigmaS, order });
      const ofBootstrap = tf.sum(bootstrapLoss(student(tauS), bootstrap.target, weight, distance));

      const start = student(sigmaMax);
      const fMax = withoutGradient(() => teacher(tf.mul(perImage(sigmaMax), eps), sigmaMax));
      const ofBoundary = tf.sum(boundaryLoss(start, fMax, distance));

      const loss = tf.div(tf.add(ofBootstrap, tf.mul(ofBoundary, beta)), batch) as tf.Scalar;
      const losses = tf.stack([ofBootstrap, ofBoundary, boundaryResidual(start, fMax)]) as tf.Tensor1D;
      return { loss, aux: { losses, increments: incrementSums(bootstrap, bins) } };
    });
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      G: await this.student.module.stateDict(),
      G_ema: await this.generator.module.stateDict(),
      g_optimizer: await this.optimizer.stateDict(),
    });
    return { tensors, values: { method: 'boot', random: this.random.state() } };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    if (values.method !== 'boot') throw new Error('The training state is of another method than BOOT.');
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.generator.module.loadStateDict(takePart(tensors, 'G_ema'));
    this.optimizer.loadStateDict(takePart(tensors, 'g_optimizer'));
    this.random.restore(values.random as Record<string, RngState>);
  }

  snapshot(): Promise<NetworkSnapshot> {
    return this.generator.snapshot();
  }

  /** Frees everything but the teacher. */
  dispose(): void {
    for (const { module } of [this.student, this.generator]) module.dispose();
    this.optimizer.dispose();
  }

  /** t uniform in (t_min, t_max), and s = max(t - delta, t_min). */
  private times(u: Float64Array, imagesSeen: number): Times {
    const { tMin, tMax, weightClip } = this.options;
    const delta = stepSize(imagesSeen, this.options);
    const t = u.map((place) => tMin + (tMax - tMin) * place);
    const s = t.map((time) => Math.max(time - delta, tMin));
    const [sigmaT, sigmaS] = [t, s].map((times) => Float32Array.from(times, (time) => this.time.sigma(time)));
    const [tauT, tauS] = [t, s].map((times) => Float32Array.from(times, (time) => this.time.tau(time)));
    const weight = sigmaT!.map((sigma, i) => bootstrapWeight(sigma, sigmaS![i]!, weightClip));
    return { place: u, sigmaT: sigmaT!, sigmaS: sigmaS!, tauT: tauT!, tauS: tauS!, weight };
  }

  /** Puts a batch on the device, in shares that are worked through one after the other. */
  private rounds({ eps, classes, guidance }: BootDraws, times: Times): Round[] {
    const { teacher, options } = this;
    const { imgResolution: size, imgChannels: channels, labelDim } = teacher;
    const { batch, batchGpu: n, tMax } = options;
    const bins = timeBins(times.place);
    return Array.from({ length: batch / n }, (_, round) => {
      const share = <T extends Float32Array | Int32Array>(data: T, perImage = 1) =>
        data.subarray(round * n * perImage, (round + 1) * n * perImage) as T;
      return {
        eps: tf.tensor4d(share(eps, size * size * channels), [n, size, size, channels]),
        sigmaT: tf.tensor1d(share(times.sigmaT)),
        sigmaS: tf.tensor1d(share(times.sigmaS)),
        tauT: tf.tensor1d(share(times.tauT)),
        tauS: tf.tensor1d(share(times.tauS)),
        sigmaMax: tf.tensor1d(new Float32Array(n).fill(this.time.sigma(tMax))),
        weight: tf.tensor1d(share(times.weight)),
        bins: tf.tensor2d(share(bins, TIME_BINS), [n, TIME_BINS]),
        labels: labelDim > 0 ? oneHot(share(classes), labelDim) : undefined,
        guidance: guidance.length > 0 ? tf.tensor1d(share(guidance)) : undefined,
      };
    });
  }
}

/** [N] as [N, 1, 1, 1], to scale images with. */
function perImage(factor: tf.Tensor1D): tf.Tensor4D {
  return tf.reshape(factor, [-1, 1, 1, 1]);
}
