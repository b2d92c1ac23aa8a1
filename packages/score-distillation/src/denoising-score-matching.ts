import { edmDenoisingLoss, logNormalSigmas } from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import type { FakeScoreInputs, Networks, PhaseLoss } from './score-step.js';

/** ln sigma ~ N(-1.2, 1.2^2): the noise levels that EDM networks learn (Table 1, Karras et al. 2022). */
export function drawLogNormalSigmas(rng: Rng, n: number): Float32Array {
  return logNormalSigmas(rng.normal(n));
}

/**
 * Denoising score matching on the student's images, the usual loss of a fake score network:
 * lambda(sigma) (f_psi(x_g + sigma noise) - x_g)^2, with x_g held constant.
 *
 * @param scale factor on the loss
 */
export function denoisingScoreMatching(
  { images, sigma, noise, labels, augmentLabels, rng }: FakeScoreInputs,
  { fakeScore }: Networks,
  scale: number,
): PhaseLoss {
  const conditions = { labels, augmentLabels, rng };
  const values = edmDenoisingLoss({ denoiser: fakeScore, images, sigma, noise, conditions });
  return { terms: { denoising: { values, scale } } };
}
