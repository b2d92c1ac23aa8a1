import {
  diagnostics,
  isNetwork,
  ScoreDistillation,
  withoutGradient,
  type GeneratorLoss,
  type GeneratorRound,
  type ScoreDistillationArgs,
} from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import { integralKlLoss } from './integral-kl-loss.js';
import { diffInstructOptions, type DiffInstructOptions } from './options.js';

/**
 * Diff-Instruct (Luo et al. 2023, Algorithm 1): moves a generator's images x_g = G(z) to what a teacher f_phi knows, by
 * the integral KL divergence between the two, without data. In turns, a score network f_psi learns to denoise the
 * generator's images, and the generator takes a step down Eq. (3.2).
 */
export class DiffInstructDistillation extends ScoreDistillation<DiffInstructOptions> {
  /** @throws RangeError naming an option that cannot be, or does not fit the teacher */
  constructor(args: ScoreDistillationArgs<DiffInstructOptions>) {
    const options = diffInstructOptions(args.options ?? {});
    super(args, options, {
      name: 'diff-instruct',
      scoreScale: options.sgls,
      generatorScale: options.ls,
      // As published. A generator's round has the labels of the score network's round of the same images in the batch,
      // so that a batch is the same in however many rounds (the published loop repeats the last round's labels).
      sharedLabels: true,
      settings: {},
    });
  }

  protected override scoreSigmas(rng: Rng, n: number): Float32Array {
    return this.options.noiseLevels(rng, n);
  }

  protected generatorSigmas(rng: Rng, n: number): Float32Array {
    return this.options.noiseLevels(rng, n);
  }

  protected override learningRateFactor(imagesSeen: number): number {
    const { lrWarmupKimg } = this.options;
    return lrWarmupKimg === null ? 1 : Math.min(imagesSeen / (lrWarmupKimg * 1000), 1);
  }

  /** Both networks are in training mode, with the same dropout masks; the gradient reaches the generator by x_g alone. */
  protected generatorLoss({ xg, xt, sigma, labels, masks }: GeneratorRound): GeneratorLoss {
    const { teacher, fakeScore, options } = this;
    if (isNetwork(teacher)) teacher.module.train();
    fakeScore.module.train();
    const fPhi = withoutGradient(() => teacher.denoise(xt, sigma, { labels, rng: masks[0] }));
    const fPsi = withoutGradient(() => fakeScore.denoise(xt, sigma, { labels, rng: masks[1] }));
    if (isNetwork(teacher)) teacher.module.eval();
    const { loss, weight, valid } = integralKlLoss({ xg, fPhi, fPsi, sigma, weight: options.weight });
    return { loss, diagnostics: diagnostics({ xg, fPhi, fPsi }, weight, valid) };
  }

  /** As published: the mean over pixels, and over samples of the sums over theirs; neither with its scale. */
  protected lossStats(scoreSum: number, generatorSum: number): Record<string, number> {
    const { options, teacher } = this;
    const pixels = teacher.imgResolution ** 2 * teacher.imgChannels;
    return { 'SgLoss/loss': scoreSum / (options.batch * pixels), 'GLoss/loss': generatorSum / options.batch };
  }
}
