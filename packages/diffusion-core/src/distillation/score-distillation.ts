import * as tf from '@tensorflow/tfjs-core';
import { Adam, updateEma, type AdamRates, type LossAndGrads } from '@onestep/nn';
import type { Step } from '@onestep/nn';
import type { Rng, RngState } from '@onestep/random';
import { isNetwork, type Denoiser, type DenoiserNetwork } from '../denoiser.js';
import type { DistillationMethod } from '../distillation-method.js';
import type { TrainableGenerator } from '../generator.js';
import { edmDenoisingLoss, logNormalSigmas } from '../losses/denoising-loss.js';
import { accumulateGradients, disposeLossAndGrads } from '../training/accumulate-gradients.js';
import { joinParts, takePart } from '../training/state-parts.js';
import { MicroBatches } from '../training/micro-batches.js';
import type { NetworkSnapshot, TaskState } from '../training/task.js';
import { withoutGradient } from '../without-gradient.js';
import { AugmentedImages } from './augmented-images.js';
import { clippedGradients } from './clipped-gradients.js';
import { DIAGNOSTICS } from './compared-images.js';
import { generatorEmaDecay } from './distillation-options.js';
import { checkClassProbabilities } from './label-prior.js';
import type { ScoreDistillationOptions } from './score-distillation-options.js';
import { ScoreDraws, type PhaseDraws } from './score-draws.js';
import type { GeneratorLoss, GeneratorRound, ScoreDistillationArgs, ScoreMethod } from './score-method.js';
import { scoreNetworks } from './score-networks.js';
import { ScoreRounds, type MadeImages, type Round, type ScoreRound } from './score-rounds.js';

/** What an iteration computes with: all that changes from one to the next, so that it can be replayed. */
interface Iteration {
  score: { rounds: ScoreRound[]; rates: AdamRates };
  generator: { rounds: Round[]; rates: AdamRates; emaDecay: tf.Scalar };
}

/**
 * What Diff-Instruct and SiD have in common: in turns, a score network f_psi learns to denoise the generator's images
 * x_g = G(z), and the generator learns from the difference between f_psi and the teacher f_phi. A method says how.
 */
export abstract class ScoreDistillation<O extends ScoreDistillationOptions> implements DistillationMethod {
  /** With averaged weights. */
  readonly generator: TrainableGenerator;
  /** The generator being trained, G. */
  readonly student: TrainableGenerator;
  /** f_psi */
  readonly fakeScore: DenoiserNetwork;
  /** Puts what was drawn on the device. */
  readonly rounds: ScoreRounds;
  protected readonly teacher: Denoiser;
  protected readonly options: O;
  private readonly method: ScoreMethod;
  private readonly random: ScoreDraws;
  private readonly augmented: AugmentedImages | null;
  private readonly scoreOptimizer: Adam;
  private readonly generatorOptimizer: Adam;
  private readonly update: Step<Iteration, { stats: tf.Tensor1D }>;

  /** @param options complete; @throws RangeError if they do not fit the teacher, or it cannot be copied */
  constructor(args: ScoreDistillationArgs<O>, options: O, method: ScoreMethod) {
    const { teacher, augmentation = null } = args;
    const { classProbabilities, gBeta1 } = options;
    checkClassProbabilities(classProbabilities, teacher.labelDim);
    this.teacher = teacher;
    this.options = options;
    this.method = method;
    if (isNetwork(teacher)) teacher.module.eval();
    const { student, fakeScore } = scoreNetworks(args, options);
    this.student = student;
    this.fakeScore = fakeScore;
    this.generator = this.student.clone();
    this.generator.module.eval();
    this.scoreOptimizer = new Adam(this.fakeScore.module.namedParameters(), { beta1: 0, beta2: 0.999 });
    this.generatorOptimizer = new Adam(this.student.module.namedParameters(), { beta1: gBeta1, beta2: 0.999 });
    this.random = new ScoreDraws({
      ...options,
      ...{ method: method.name, sharedLabels: method.sharedLabels, generator: this.student, augmentation },
      labelDim: teacher.labelDim,
      scoreSigmas: (rng, n) => this.scoreSigmas(rng, n),
      generatorSigmas: (rng, n) => this.generatorSigmas(rng, n),
    });
    this.rounds = new ScoreRounds(options, this.student);
    this.augmented = augmentation === null ? null : new AugmentedImages(this.student);
    this.update = new MicroBatches(options).compile((iteration: Iteration) => this.updated(iteration));
  }

  /** The generator's loss in one round. */
  protected abstract generatorLoss(round: GeneratorRound): GeneratorLoss;
  /** Noise levels at which the two score networks are compared. */
  protected abstract generatorSigmas(rng: Rng, n: number): Float32Array;
  /** The losses under their published names, from their sums over all pixels of the batch. */
  protected abstract lossStats(scoreSum: number, generatorSum: number): Record<string, number>;

  /** Noise levels that the score network learns: log-normal, as EDM. */
  protected scoreSigmas(rng: Rng, n: number): Float32Array {
    return logNormalSigmas(rng.normal(n));
  }

  /** Factor on both learning rates. */
  protected learningRateFactor(_imagesSeen: number): number {
    return 1;
  }

  get batchSize(): number {
    return this.options.batch;
  }

  async step(imagesSeen: number): Promise<Record<string, number>> {
    const draws = this.random.next();
    const made = await this.augmented?.of(draws.score, this.rounds, this.random);
    const { stats } = tf.tidy(() => this.update(this.iteration(draws, made, imagesSeen)));
    tf.dispose(made ?? []);
    // The one time in a step that the host waits for the device.
    const [scoreSum, generatorSum, ...sums] = await stats.data();
    stats.dispose();
    const named = this.lossStats(scoreSum!, generatorSum!);
    DIAGNOSTICS.forEach((name, i) => (named[name] = sums[i]! / (name === 'NaN_samples' ? 1 : this.options.batch)));
    return named;
  }

  private iteration(
    draws: { score: PhaseDraws; generator: PhaseDraws },
    made: readonly MadeImages[] | undefined,
    imagesSeen: number,
  ): Iteration {
    const factor = this.learningRateFactor(imagesSeen);
    const { lr, glr } = this.options;
    return {
      score: { rounds: this.rounds.ofScore(draws.score, made), rates: this.scoreOptimizer.nextRates(lr * factor) },
      generator: {
        rounds: this.rounds.ofGenerator(draws.generator),
        rates: this.generatorOptimizer.nextRates(glr * factor),
        emaDecay: tf.scalar(generatorEmaDecay(this.options, imagesSeen)),
      },
    };
  }

  /** The step of f_psi, then the generator's, then that of the average. */
  private updated({ score, generator }: Iteration): { stats: tf.Tensor1D } {
    const ofScore = this.scoreGradients(score.rounds);
    this.scoreOptimizer.update(clippedGradients(ofScore.grads, this.options), score.rates);
    const ofGenerator = this.generatorGradients(generator.rounds);
    this.generatorOptimizer.update(clippedGradients(ofGenerator.grads, this.options), generator.rates);
    updateEma(this.generator.module, this.student.module, generator.emaDecay);
    const losses = tf.stack([ofScore.aux.sum, ofGenerator.aux.sum]) as tf.Tensor1D;
    const stats = tf.concat1d([losses, ofGenerator.aux.diagnostics]);
    disposeLossAndGrads(ofScore);
    disposeLossAndGrads(ofGenerator);
    return { stats };
  }

  /** Denoising score matching on the generator's images: the loss of f_psi, its gradients, its sum before scaling. */
  scoreGradients(rounds: readonly ScoreRound[]): LossAndGrads<{ sum: tf.Scalar }> {
    const { student, fakeScore, options, method } = this;
    student.module.eval();
    fakeScore.module.train();
    return accumulateGradients(rounds.length, fakeScore.module.parameters(), (index) => {
      const round = rounds[index]!;
      const { sigma, noise, labels } = round;
      const images = 'z' in round ? withoutGradient(() => student.generate(round.z, labels)) : round.images;
      const augmentLabels = 'z' in round ? undefined : round.augmentLabels;
      const conditions = { labels, augmentLabels, rng: this.rounds.masks.score[index] };
      const sum = tf.sum<tf.Scalar>(edmDenoisingLoss({ denoiser: fakeScore, images, sigma, noise, conditions }));
      return { loss: tf.mul(sum, method.scoreScale / options.batch), aux: { sum } };
    });
  }

  /** The generator's loss with f_psi frozen, its gradients, its sum before scaling, and the sums of the diagnostics. */
  generatorGradients(rounds: readonly Round[]): LossAndGrads<{ sum: tf.Scalar; diagnostics: tf.Tensor1D }> {
    const { student, options, method } = this;
    student.module.train();
    return accumulateGradients(rounds.length, student.module.parameters(), (index) => {
      const { z, sigma, noise, labels } = rounds[index]!;
      const xg = student.generate(z, labels, { rng: this.rounds.masks.generator[index] });
      // Only the student's parameters are differentiated; x_t carries the gradient through both frozen networks.
      const xt = tf.add(xg, tf.mul(tf.reshape(sigma, [-1, 1, 1, 1]), noise)) as tf.Tensor4D;
      const [first, second] = this.rounds.comparedMasks;
      const masks = [first[index]!, second[index]!] as const;
      const { loss, diagnostics } = this.generatorLoss({ xg, xt, sigma, labels, masks });
      const sum = tf.sum<tf.Scalar>(loss);
      return { loss: tf.mul(sum, method.generatorScale / options.batch), aux: { sum, diagnostics } };
    });
  }

  async state(): Promise<TaskState> {
    const tensors = joinParts({
      fake_score: await this.fakeScore.module.stateDict(),
      G: await this.student.module.stateDict(),
      G_ema: await this.generator.module.stateDict(),
      fake_score_optimizer: await this.scoreOptimizer.stateDict(),
      g_optimizer: await this.generatorOptimizer.stateDict(),
    });
    return { tensors, values: { method: this.method.name, random: this.random.state() } };
  }

  async restore({ tensors, values }: TaskState): Promise<void> {
    const { name } = this.method;
    if (values.method !== name) throw new Error(`The training state is of another method than ${name}.`);
    this.fakeScore.module.loadStateDict(takePart(tensors, 'fake_score'));
    this.student.module.loadStateDict(takePart(tensors, 'G'));
    this.generator.module.loadStateDict(takePart(tensors, 'G_ema'));
    this.scoreOptimizer.loadStateDict(takePart(tensors, 'fake_score_optimizer'));
    this.generatorOptimizer.loadStateDict(takePart(tensors, 'g_optimizer'));
    this.random.restore(values.random as Record<string, RngState>);
  }

  async snapshot(): Promise<NetworkSnapshot> {
    const { generator, ...network } = this.generator.settings;
    const { name, settings, snapshotTag: tag } = this.method;
    const onestep = { ...network, generator: { ...(generator as object | undefined), method: name, ...settings } };
    const metadata = { onestep: JSON.stringify(onestep) };
    return { tensors: await this.generator.module.stateDict(), metadata, ...(tag !== undefined && { tag }) };
  }

  /** Frees everything but the teacher. */
  dispose(): void {
    for (const { module } of [this.student, this.fakeScore, this.generator]) module.dispose();
    this.scoreOptimizer.dispose();
    this.generatorOptimizer.dispose();
  }
}
