import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import {
  averageDiagnostics,
  averageLoss,
  diagnostics,
  type Draw,
  type GeneratorInputs,
  type Networks,
  type Phase,
  type PhaseLoss,
  type ScoreOptions,
  type Term,
} from '@onestep/score-distillation';
import { Discriminator } from './discriminator.js';
import { distributionMatchingLoss } from './distribution-matching-loss.js';
import { joinMeasures, measureRealism } from './measures.js';
import { addNoise, lowestNoise } from './noisy-images.js';
import { drawTableSigmas, imageNoise, tableSigmas, type StepRange } from './noise-table.js';
import type { Dmd2Options } from './options.js';
import type { SampleWeighting } from './sample-weighting.js';
import { warmUp } from './warm-up.js';

/** What the discriminator and the teacher say of a micro-batch. */
interface Judged {
  /** [N, maps], differentiable. */
  logits: tf.Tensor2D;
  /** The teacher's f_phi(x_t), where it came with the logits. */
  fPhi?: tf.Tensor4D;
}

/**
 * The student's phase: the distribution matching loss of x_t = x_g + sigma noise, and the adversarial term
 * gan mean softplus(-logit), whose gradient flows through the encoder of the discriminator.
 */
export class GeneratorPhase<O extends ScoreOptions> implements Phase<O, GeneratorInputs> {
  readonly labels: 'prior' | 'real';
  readonly draws: Readonly<Record<string, Draw<O>>>;
  /** Only where the samples have weights from a whole batch. */
  readonly coupling: Phase<O, GeneratorInputs>['coupling'];
  private readonly options: Dmd2Options;
  private readonly range: StepRange;
  private readonly discriminator: Discriminator;
  private readonly weighting: SampleWeighting | undefined;

  /** @param weighting factors on the score term of each sample; left out, 1 */
  constructor(options: Dmd2Options, weighting?: SampleWeighting) {
    const { gan, diffusionGan, shareNoise, fakeMinStep, fakeMaxStep, minStep, maxStep } = options;
    this.options = options;
    this.labels = options.fakeLabels;
    this.weighting = weighting;
    this.discriminator = new Discriminator(options);
    this.range = { first: minStep, last: maxStep };
    this.draws =
      gan > 0 && diffusionGan && !shareNoise
        ? { ganSigma: tableSigmas({ first: fakeMinStep, last: fakeMaxStep }), ganNoise: imageNoise() }
        : {};
    this.coupling =
      weighting &&
      ((inputs, networks) => {
        networks.fakeScore.module.eval();
        const logits = withoutGradient(() => this.judge(inputs, networks).logits);
        return { logits, sigma: inputs.sigma };
      });
  }

  readonly sigmas: Phase<O, GeneratorInputs>['sigmas'] = (rng, n) => drawTableSigmas(rng, n, this.range);

  loss(inputs: GeneratorInputs, networks: Networks): PhaseLoss {
    const { gan, score } = this.options;
    networks.fakeScore.module.eval();
    const judged = gan > 0 ? this.judge(inputs, networks) : undefined;
    const adversarial: Record<string, Term> = {};
    if (judged !== undefined) {
      adversarial.gan = { values: tf.mean(tf.softplus(tf.neg(judged.logits)), 1), scale: gan };
    }
    const realism = judged === undefined ? [] : [measureRealism({ realOfStudent: judged.logits })];
    if (score === 0) return { terms: adversarial, measures: joinMeasures(...realism) };
    const matching = this.matchDistributions(inputs, networks, judged);
    return {
      terms: { ...matching.terms, ...adversarial },
      measures: joinMeasures(matching.measures, ...realism),
      buffers: matching.buffers,
    };
  }

  readonly stats: Phase<O, GeneratorInputs>['stats'] = (sums, { batch, pixels }) => {
    const { matching, gan, realOfStudent, ...measures } = sums;
    return {
      ...(matching === undefined
        ? {}
        : { loss_dm: averageLoss(matching, measures, batch) / pixels, ...averageDiagnostics(measures, batch) }),
      ...(gan === undefined ? {} : { gen_cls_loss: gan / batch }),
      ...(realOfStudent === undefined ? {} : { pred_realism_of_student: realOfStudent / batch }),
    };
  };

  readonly learningRate: Phase<O, GeneratorInputs>['learningRate'] = (progress) =>
    this.options.glr * warmUp(progress, this.options);

  readonly adam = () => ({ beta1: this.options.gBeta1, weightDecay: this.options.weightDecay });

  private matchDistributions(inputs: GeneratorInputs, networks: Networks, judged: Judged | undefined) {
    const { xg, xt, sigma, labels } = inputs;
    const { teacher, fakeScore } = networks;
    const fPhi = judged?.fPhi ?? withoutGradient(() => teacher.denoise(xt, sigma, { labels }));
    const fPsi = withoutGradient(() => fakeScore.denoise(xt, sigma, { labels }));
    const weights = judged && this.weighting && this.weigh(inputs, networks, judged.logits, this.weighting);
    const { epsilon, score } = this.options;
    const [, height, width, channels] = xg.shape;
    const { loss, weight, valid } = distributionMatchingLoss({ xg, fPhi, fPsi, epsilon, factor: weights?.factor });
    return {
      terms: { matching: { values: loss, scale: score / (height * width * channels) } },
      measures: diagnostics({ xg, fPhi, fPsi }, weight, valid),
      buffers: weights?.buffers,
    };
  }

  /** The factors of this micro-batch's samples, from the logits of the whole batch. */
  private weigh(
    { sigma, whole, rows }: GeneratorInputs,
    networks: Networks,
    logits: tf.Tensor2D,
    weighting: SampleWeighting,
  ) {
    const batch = {
      logits: (whole?.logits as tf.Tensor2D | undefined) ?? withoutGradient(() => tf.clone(logits)),
      sigma: (whole?.sigma as tf.Tensor1D | undefined) ?? sigma,
    };
    const { factors, buffers } = weighting.weigh(batch, networks.modules);
    return { factor: withoutGradient(() => tf.slice(factors, [rows.start], [rows.count])), buffers };
  }

  private judge({ xg, xt, sigma, labels, draws }: GeneratorInputs, networks: Networks): Judged {
    const { shareNoise, score, diffusionGan, features } = this.options;
    const conditions = { labels };
    if (!shareNoise) {
      const noisy = diffusionGan
        ? addNoise(xg, draws.ganSigma as tf.Tensor1D, draws.ganNoise as tf.Tensor4D)
        : lowestNoise(xg);
      return { logits: this.discriminator.judge(noisy, networks, conditions) };
    }
    const noisy = { x: xt, sigma };
    if (score === 0 || features !== 'teacher') {
      return { logits: this.discriminator.judge(noisy, networks, conditions) };
    }
    const { logits, denoised } = this.discriminator.judgeAndDenoise(noisy, networks.teacher, networks, conditions);
    // A constant for the score term, although the logits of the same evaluation are not.
    return { logits, fPhi: withoutGradient(() => tf.clone(denoised)) };
  }
}
