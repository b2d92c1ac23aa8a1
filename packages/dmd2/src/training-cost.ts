import { ENCODER_SHARE, type TrainingCost } from '@onestep/diffusion-core';
import type { Dmd2Options } from './options.js';

/** Weights of a head, in those of the network: 0.06 in FastGen's run on CIFAR-10, where three have 9.4 of 55.7 million. */
const HEAD_SHARE = 0.06;

/** Maps of an encoder, where a discriminator reads all. */
const MANY_MAPS = 4;

type CostOptions = Pick<
  Dmd2Options,
  'gan' | 'score' | 'features' | 'maps' | 'shareNoise' | 'ganR1RegWeight' | 'dfakeGenUpdateRatio' | 'exclusiveTurns'
>;

/** What distribution matching holds and computes with some options. */
export function trainingCost(options: CostOptions): TrainingCost {
  const { gan, maps, exclusiveTurns, dfakeGenUpdateRatio: ratio } = options;
  const heads = gan > 0 ? HEAD_SHARE * (maps ?? MANY_MAPS) : 0;
  const passes = fakeScorePasses(options) * (exclusiveTurns ? 1 - 1 / ratio : 1) + generatorPasses(options) / ratio;
  // The gradients of the iterations in which one of the networks rests.
  const furtherGradients = ratio === 1 ? 0 : 1;
  return {
    networks: 4 + heads + furtherGradients,
    trained: 2 + heads,
    activations: activations(options),
    passes,
    teacher: { passes: 1 / ratio, activations: 0 },
  };
}

/** Passes for each image of the fake score network's phase. */
function fakeScorePasses({ gan, score, features, shareNoise, ganR1RegWeight }: CostOptions): number {
  const readsFake = features === 'fake';
  // The images themselves, and learning to denoise them.
  const denoising = 1 + (score > 0 || readsFake ? 3 : 0);
  if (gan === 0) return denoising;
  // Nothing is differentiated in a frozen encoder: only the heads learn.
  const judging = ENCODER_SHARE * (readsFake ? 3 : 1);
  const judged = (readsFake && shareNoise ? 1 : 2) + (ganR1RegWeight > 0 ? 1 : 0);
  return denoising + judging * judged;
}

/** Passes for each image of the student's phase: its own, those of both scores, and those through the discriminator. */
function generatorPasses({ gan, score, features, shareNoise }: CostOptions): number {
  const isJudgedWithScore = shareNoise && score > 0 && features === 'teacher';
  const judging = gan === 0 ? 0 : ENCODER_SHARE * (isJudgedWithScore ? 1 : 2);
  return 3 + (score > 0 ? 2 : 0) + judging;
}

/** Activations of the kinds of iterations: the fake score network alone, the student alone, or both. */
function activations({ gan, exclusiveTurns, dfakeGenUpdateRatio: ratio }: CostOptions): number {
  const alone = 1.05;
  const both = gan > 0 ? 2.6 : 1.85;
  if (exclusiveTurns) return ratio === 1 ? alone : 2 * alone + 0.1;
  return ratio === 1 ? both : both + alone;
}
