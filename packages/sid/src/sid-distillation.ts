import {
  diagnostics,
  ScoreDistillation,
  type GeneratorLoss,
  type GeneratorRound,
  type ScoreDistillationArgs,
} from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import { sidGeneratorLoss } from './generator-loss.js';
import { sidSigmas } from './noise-schedule.js';
import { sidOptions, type SidOptions } from './options.js';

/**
 * Score identity distillation (Zhou et al. 2024): turns a teacher into a one-step generator
 * x_g = G(sigma_init z) without data. In turns, a fake score network f_psi learns to denoise the generator's images,
 * and the generator learns from the difference between f_psi and the teacher f_phi.
 */
export class SidDistillation extends ScoreDistillation<SidOptions> {
  /** @throws RangeError naming an option that cannot be, or does not fit the teacher */
  constructor(args: ScoreDistillationArgs<SidOptions>) {
    const options = sidOptions(args.options ?? {});
    const { alpha, ls, lsg } = options;
    super(args, options, {
      name: 'sid',
      scoreScale: ls,
      generatorScale: lsg,
      sharedLabels: false,
      snapshotTag: alpha.toFixed(6),
      settings: { alpha },
    });
  }

  /** t ~ U(0, tmax / 1000) */
  protected generatorSigmas(rng: Rng, n: number): Float32Array {
    return sidSigmas(rng.uniform(n), this.options.tmax);
  }

  /** The gradient reaches the generator by x_g and, through both frozen networks, by x_t. */
  protected generatorLoss({ xg, xt, sigma, labels }: GeneratorRound): GeneratorLoss {
    this.fakeScore.module.eval();
    const fPhi = this.teacher.denoise(xt, sigma, { labels });
    const fPsi = this.fakeScore.denoise(xt, sigma, { labels });
    const { loss, weight, valid } = sidGeneratorLoss({ xg, fPhi, fPsi, alpha: this.options.alpha });
    return { loss, diagnostics: diagnostics({ xg, fPhi, fPsi }, weight, valid) };
  }

  protected lossStats(scoreSum: number, generatorSum: number): Record<string, number> {
    const { batch, ls, lsg } = this.options;
    return { 'fake_score_Loss/loss': (scoreSum * ls) / batch, 'G_Loss/loss': (generatorSum * lsg) / batch };
  }
}
