import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import type {
  Draw,
  FakeScoreInputs,
  Networks,
  Phase,
  PhaseLoss,
  ScoreOptions,
  Term,
} from '@onestep/score-distillation';
import { clipByGlobalNorm } from '@onestep/nn';
import { Discriminator, type NoisyImages } from './discriminator.js';
import { joinMeasures, measureRealism } from './measures.js';
import { addNoise, lowestNoise } from './noisy-images.js';
import { drawTableSigmas, imageNoise, tableSigmas, type StepRange } from './noise-table.js';
import type { Dmd2Options } from './options.js';
import { warmUp } from './warm-up.js';

/** Standard deviation of the data in lambda(sigma). */
const SIGMA_DATA = 0.5;

/**
 * The phase of the fake score network and the discriminator. The fake score network learns to denoise the student's images, and
 * the discriminator to tell noisy ones from noisy real ones:
 *
 *     mean lambda (f_psi - x_g)^2 + cls_loss_weight (mean softplus(logit of fake) + mean softplus(-logit of real))
 */
export class FakeScorePhase<O extends ScoreOptions> implements Phase<O, FakeScoreInputs> {
  readonly labels: 'prior' | 'real';
  readonly real: boolean;
  readonly draws: Readonly<Record<string, Draw<O>>>;
  private readonly options: Dmd2Options;
  private readonly range: StepRange;
  private readonly discriminator: Discriminator;

  constructor(options: Dmd2Options) {
    const { gan, fakeLabels, diffusionGan, shareNoise, ganUseSameTNoise, ganR1RegWeight } = options;
    this.options = options;
    this.labels = fakeLabels;
    this.real = gan > 0;
    this.range = { first: options.fakeMinStep, last: options.fakeMaxStep };
    this.discriminator = new Discriminator(options);
    const noisy = this.real && diffusionGan;
    this.draws = {
      ...(noisy && !shareNoise ? { fakeSigma: tableSigmas(this.range), fakeNoise: imageNoise() } : {}),
      ...(noisy && !ganUseSameTNoise ? { realSigma: tableSigmas(this.range), realNoise: imageNoise() } : {}),
      ...(this.real && ganR1RegWeight > 0 ? { perturbation: imageNoise() } : {}),
    };
  }

  readonly sigmas: Phase<O, FakeScoreInputs>['sigmas'] = (rng, n) => drawTableSigmas(rng, n, this.range);

  loss(inputs: FakeScoreInputs, networks: Networks): PhaseLoss {
    if (!this.real) return { terms: this.denoisingTerm(this.denoise(inputs, networks), inputs) };
    const { denoised, fakeLogits } = this.judgeFakes(inputs, networks);
    const real = this.noisyReals(inputs);
    const realLogits = this.judgeReals(real, inputs, networks);
    const scale = this.options.clsLossWeight;
    return {
      terms: {
        ...(denoised === undefined ? {} : this.denoisingTerm(denoised, inputs)),
        fakes: { values: tf.mean(tf.softplus(fakeLogits), 1), scale },
        reals: { values: tf.mean(tf.softplus(tf.neg(realLogits)), 1), scale },
        ...this.penaltyTerm(real, realLogits, inputs, networks),
      },
      measures: joinMeasures(measureRealism({ realOfReals: realLogits, realOfFakes: fakeLogits })),
    };
  }

  readonly stats: Phase<O, FakeScoreInputs>['stats'] = (sums, { batch, pixels }) => {
    const { denoising, fakes, reals, penalty, realOfReals, realOfFakes } = sums;
    return {
      ...(denoising === undefined ? {} : { loss_fake_mean: denoising / (batch * pixels) }),
      ...(fakes === undefined ? {} : { guidance_cls_loss: (fakes + reals!) / batch }),
      ...(penalty === undefined ? {} : { gan_r1_loss: penalty / batch }),
      ...(realOfReals === undefined ? {} : { pred_realism_on_real: realOfReals / batch }),
      ...(realOfFakes === undefined ? {} : { pred_realism_on_fake: realOfFakes / batch }),
    };
  };

  readonly learningRate: Phase<O, FakeScoreInputs>['learningRate'] = (progress) =>
    this.options.lr * warmUp(progress, this.options);

  readonly adam = () => ({ beta1: this.options.beta1, weightDecay: this.options.weightDecay });

  readonly clip = (grads: tf.Tensor[]): tf.Tensor[] => {
    const { clipFake, clipGradNorm } = this.options;
    return clipFake && clipGradNorm !== null ? clipByGlobalNorm(grads, clipGradNorm) : grads;
  };

  /** Whether the fake score network has anything to learn: the scores are compared, or the discriminator reads its encoder. */
  private get denoises(): boolean {
    return this.options.score > 0 || this.options.features === 'fake';
  }

  private denoise(inputs: FakeScoreInputs, { fakeScore }: Networks): tf.Tensor4D {
    return fakeScore.denoise(noisyFakes(inputs).x, inputs.sigma, conditionsOf(inputs));
  }

  private denoisingTerm(denoised: tf.Tensor4D, { images, sigma }: FakeScoreInputs): Record<string, Term> {
    const squares = tf.square(tf.sub(denoised, images));
    const [, height, width, channels] = images.shape;
    const values = this.options.fakeWeighting === 'edm' ? tf.mul(lambda(sigma), squares) : squares;
    return { denoising: { values, scale: 1 / (height * width * channels) } };
  }

  private judgeFakes(inputs: FakeScoreInputs, networks: Networks) {
    const { images, draws } = inputs;
    const conditions = conditionsOf(inputs);
    const { shareNoise, diffusionGan } = this.options;
    if (shareNoise && this.denoises) {
      const { logits, denoised } = this.discriminator.judgeAndDenoise(
        noisyFakes(inputs),
        networks.fakeScore,
        networks,
        conditions,
      );
      return { denoised, fakeLogits: logits };
    }
    const denoised = this.denoises ? this.denoise(inputs, networks) : undefined;
    const noisy = shareNoise
      ? noisyFakes(inputs)
      : diffusionGan
        ? addNoise(images, draws.fakeSigma as tf.Tensor1D, draws.fakeNoise as tf.Tensor4D)
        : lowestNoise(images);
    return { denoised, fakeLogits: this.discriminator.judge(noisy, networks, conditions) };
  }

  /** Real images as the discriminator sees them. */
  private noisyReals({ real, sigma, noise, draws }: FakeScoreInputs): NoisyImages {
    const { diffusionGan, ganUseSameTNoise, shareNoise } = this.options;
    if (!diffusionGan) return lowestNoise(real!.images);
    if (!ganUseSameTNoise) {
      return addNoise(real!.images, draws.realSigma as tf.Tensor1D, draws.realNoise as tf.Tensor4D);
    }
    if (shareNoise) return addNoise(real!.images, sigma, noise);
    return addNoise(real!.images, draws.fakeSigma as tf.Tensor1D, draws.fakeNoise as tf.Tensor4D);
  }

  private judgeReals(images: NoisyImages, { real, rng }: FakeScoreInputs, networks: Networks): tf.Tensor2D {
    const { labels, augmentLabels } = real!;
    return this.discriminator.judge(images, networks, { labels, augmentLabels, rng });
  }

  /**
   * The approximate R1 penalty of Lin et al. 2025: the squared difference of the logits of a noisy real image and of the
   * same image with a little more noise.
   */
  private penaltyTerm(
    { x, sigma }: NoisyImages,
    logits: tf.Tensor2D,
    inputs: FakeScoreInputs,
    networks: Networks,
  ): Record<string, Term> {
    const { ganR1RegWeight, ganR1RegAlpha } = this.options;
    if (ganR1RegWeight === 0) return {};
    const perturbed = tf.add<tf.Tensor4D>(x, tf.mul(inputs.draws.perturbation!, ganR1RegAlpha));
    const others = this.judgeReals({ x: perturbed, sigma }, inputs, networks);
    return { penalty: { values: tf.mean(tf.squaredDifference(logits, others), 1), scale: ganR1RegWeight } };
  }
}

function conditionsOf({ labels, augmentLabels, rng }: FakeScoreInputs) {
  return { labels, augmentLabels, rng };
}

function noisyFakes({ images, sigma, noise }: FakeScoreInputs): NoisyImages {
  return addNoise(images, sigma, noise);
}

/** lambda(sigma) = (sigma^2 + sigma_data^2) / (sigma sigma_data)^2, Table 1, Karras et al. 2022, as [N, 1, 1, 1]. */
function lambda(sigma: tf.Tensor1D): tf.Tensor4D {
  return perImage(tf.div(tf.add(tf.square(sigma), SIGMA_DATA ** 2), tf.square(tf.mul(sigma, SIGMA_DATA))));
}
