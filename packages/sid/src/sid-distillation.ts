import * as tf from '@tensorflow/tfjs-core';
import {
  Adam,
  emaDecay,
  MaskRng,
  updateEma,
  type AdamRates,
  type LossAndGrads,
  type RngState,
  type Step,
} from '@onestep/nn';
import {
  accumulateGradients,
  DenoiserGenerator,
  disposeLossAndGrads,
  edmDenoisingLoss,
  joinParts,
  oneHot,
  stepInRounds,
  takePart,
  withoutGradient,
  type DenoiserNetwork,
  type DistillationMethod,
  type NetworkSnapshot,
  type TaskState,
} from '@onestep/diffusion-core';
import { DIAGNOSTICS, diagnostics } from './diagnostics.js';
import { sidGeneratorLoss } from './generator-loss.js';
import { sidOptions, type SidOptions } from './options.js';
import { SidRandom, type PhaseDraws } from './random-draws.js';

/** The tensors of one round, made from its share of the draws. */
interface Round {
  z: tf.Tensor4D;
  sigma: tf.Tensor1D;
  noise: tf.Tensor4D;
  labels: tf.Tensor2D | undefined;
}

/** What an iteration computes with: all that changes from one to the next, so that it can be replayed. */
interface Iteration {
  fakeScore: { rounds: Round[]; rates: AdamRates };
  generator: { rounds: Round[]; rates: AdamRates; emaDecay: tf.Scalar };
}

type Phase = keyof Iteration;

/**
 * Score identity distillation (Zhou et al. 2024): turns a teacher into a one-step generator
 * x_g = G(sigma_init z) without data. In turns, a fake score network f_psi learns to denoise the generator's images,
 * and the generator learns from the difference between f_psi and the teacher f_phi.
 */
export class SidDistillation implements DistillationMethod {
  /** With averaged weights. */
  readonly generator: DenoiserGenerator;
  /** The network being trained, G. */
  readonly student: DenoiserNetwork;
  /** f_psi */
  readonly fakeScore: DenoiserNetwork;
  private readonly teacher: DenoiserNetwork;
  private readonly average: DenoiserNetwork;
  private readonly studentGenerator: DenoiserGenerator;
  private readonly options: SidOptions;
  private readonly random: SidRandom;
  private readonly fakeScoreOptimizer: Adam;
  private readonly generatorOptimizer: Adam;
  /** What the dropout masks of each round are made from. */
  private readonly masks: Record<Phase, MaskRng[]>;
  private readonly update: Step<Iteration, { stats: tf.Tensor1D }>;

  /**
   * @param teacher stays the caller's, and must live as long as this
   * @param options those left out are the published defaults
   */
  constructor({ teacher, options = {} }: { teacher: DenoiserNetwork; options?: Partial<SidOptions> }) {
    this.options = sidOptions(options);
    const { initSigma, gBeta1, seed } = this.options;
    this.teacher = teacher;
    teacher.module.eval();
    [this.student, this.fakeScore, this.average] = [teacher.clone(), teacher.clone(), teacher.clone()];
    this.average.module.eval();
    this.studentGenerator = new DenoiserGenerator(this.student, initSigma);
    this.generator = new DenoiserGenerator(this.average, initSigma);
    this.fakeScoreOptimizer = new Adam(this.fakeScore.module.namedParameters(), { beta1: 0, beta2: 0.999 });
    this.generatorOptimizer = new Adam(this.student.module.namedParameters(), { beta1: gBeta1, beta2: 0.999 });
    const { classProbabilities } = this.options;
    if (classProbabilities !== null && classProbabilities.length !== teacher.labelDim) {
      throw new RangeError(
        `There are ${classProbabilities.length} class probabilities, and the teacher has ${teacher.labelDim} classes.`,
      );
    }
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    this.random = new SidRandom(seed, { ...this.options, pixels, labelDim: teacher.labelDim });
    const rounds = this.options.batch / this.options.batchGpu;
    const masks = () => Array.from({ length: rounds }, () => new MaskRng([0, 0]));
    this.masks = { fakeScore: masks(), generator: masks() };
    this.update = stepInRounds(rounds, (iteration: Iteration) => this.updated(iteration));
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<Record<string, number>> {
    const { batch, lr, glr, emaHalflifeKimg, emaRampUpRatio } = this.options;
    const decay = emaDecay(batch, emaHalflifeKimg * 1000, imagesSeen, emaRampUpRatio);
    const { stats } = tf.tidy(() => {
      const fakeScore = this.rounds('fakeScore', this.random.fakeScoreDraws());
      const generator = this.rounds('generator', this.random.generatorDraws());
      return this.update({
        fakeScore: { rounds: fakeScore, rates: this.fakeScoreOptimizer.nextRates(lr) },
        generator: { rounds: generator, rates: this.generatorOptimizer.nextRates(glr), emaDecay: tf.scalar(decay) },
      });
    });
    // The one time in a step that the host waits for the device.
    const [fakeScoreLoss, generatorLoss, ...sums] = await stats.data();
    stats.dispose();
    const named: Record<string, number> = { 'fake_score_Loss/loss': fakeScoreLoss!, 'G_Loss/loss': generatorLoss! };
    DIAGNOSTICS.forEach((name, i) => (named[name] = name === 'NaN_samples' ? sums[i]! : sums[i]! / batch));
    return named;
  }

  /** The step of f_psi, then the generator's, then that of the average. */
  private updated({ fakeScore, generator }: Iteration): { stats: tf.Tensor1D } {
    const ofScore = this.fakeScoreGradients(fakeScore.rounds);
    this.fakeScoreOptimizer.update(ofScore.grads, fakeScore.rates);
    const ofGenerator = this.generatorGradients(generator.rounds);
    this.generatorOptimizer.update(ofGenerator.grads, generator.rates);
    updateEma(this.average.module, this.student.module, generator.emaDecay);
    const losses = tf.stack([ofScore.loss, ofGenerator.loss]) as tf.Tensor1D;
    const stats = tf.concat1d([losses, ofGenerator.aux.diagnostics]);
    disposeLossAndGrads(ofScore);
    disposeLossAndGrads(ofGenerator);
    return { stats };
  }

  /** The loss of f_psi, denoising score matching on the generator's images, with its gradients. */
  fakeScoreGradients(rounds: readonly Round[]): LossAndGrads<Record<string, never>> {
    const { fakeScore, options } = this;
    this.student.module.eval();
    fakeScore.module.train();
    return accumulateGradients(rounds.length, fakeScore.module.parameters(), (round) => {
      const { z, sigma, noise, labels } = rounds[round]!;
      const images = withoutGradient(() => this.studentGenerator.generate(z, labels));
      const conditions = { labels, rng: this.masks.fakeScore[round] };
      const loss = edmDenoisingLoss({ denoiser: fakeScore, images, sigma, noise, conditions });
      return { loss: tf.mul(tf.sum(loss), options.ls / options.batch) as tf.Scalar, aux: {} };
    });
  }

  /** The generator's loss with f_psi frozen, its gradients, and the sums of {@link diagnostics}. */
  generatorGradients(rounds: readonly Round[]): LossAndGrads<{ diagnostics: tf.Tensor1D }> {
    const { student, teacher, fakeScore, options } = this;
    student.module.train();
    fakeScore.module.eval();
    return accumulateGradients(rounds.length, student.module.parameters(), (round) => {
      const { z, sigma, noise, labels } = rounds[round]!;
      const xg = this.studentGenerator.generate(z, labels, { rng: this.masks.generator[round] });
      // Only the student's parameters are differentiated; x_t carries the gradient through both frozen networks.
      const xt = tf.add(xg, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), noise)) as tf.Tensor4D;
      const fPhi = teacher.denoise(xt, sigma, { labels });
      const fPsi = fakeScore.denoise(xt, sigma, { labels });
      const compared = { xg, fPhi, fPsi, alpha: options.alpha };
      const sid = sidGeneratorLoss(compared);
      const loss = tf.mul(tf.sum(sid.loss), options.lsg / options.batch) as tf.Scalar;
      return { loss, aux: { diagnostics: diagnostics(compared, sid) } };
    });
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      fake_score: await this.fakeScore.module.stateDict(),
      G: await this.student.module.stateDict(),
      G_ema: await this.average.module.stateDict(),
      fake_score_optimizer: await this.fakeScoreOptimizer.stateDict(),
      g_optimizer: await this.generatorOptimizer.stateDict(),
    });
    return { tensors, values: { method: 'sid', random: this.random.state() } };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    if (values.method !== 'sid') throw new Error('The training state is of another method than SiD.');
    this.fakeScore.module.loadStateDict(takePart(tensors, 'fake_score'));
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.average.module.loadStateDict(takePart(tensors, 'G_ema'));
    this.fakeScoreOptimizer.loadStateDict(takePart(tensors, 'fake_score_optimizer'));
    this.generatorOptimizer.loadStateDict(takePart(tensors, 'g_optimizer'));
    this.random.restore(values.random as Record<string, RngState>);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    const { initSigma, alpha } = this.options;
    const settings = { ...this.average.settings, generator: { method: 'sid', initSigma, alpha } };
    return { tensors: await this.average.module.stateDict(), metadata: { onestep: JSON.stringify(settings) } };
  }

  /** Frees everything but the teacher. */
  dispose(): void {
    for (const network of [this.student, this.fakeScore, this.average]) network.module.dispose();
    this.fakeScoreOptimizer.dispose();
    this.generatorOptimizer.dispose();
  }

  /** Puts the draws for a phase on the device, in shares that are worked through one after the other. */
  rounds(phase: Phase, draws: PhaseDraws): Round[] {
    return this.masks[phase].map((masks, round) => {
      masks.restart(draws.masks.share(round * this.options.batchGpu));
      return this.round(draws, round);
    });
  }

  private round({ z, sigma, noise, classes }: PhaseDraws, round: number): Round {
    const { imgResolution: size, imgChannels: channels, labelDim } = this.teacher;
    const n = this.options.batchGpu;
    const share = <T extends Float32Array | Int32Array>(data: T, perImage: number) =>
      data.subarray(round * n * perImage, (round + 1) * n * perImage) as T;
    const images = (data: Float32Array) => tf.tensor4d(share(data, size * size * channels), [n, size, size, channels]);
    return {
      z: images(z),
      sigma: tf.tensor1d(share(sigma, 1)),
      noise: images(noise),
      labels: labelDim > 0 ? oneHot(share(classes, 1), labelDim) : undefined,
    };
  }
}
