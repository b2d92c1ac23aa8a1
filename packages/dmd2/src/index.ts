export { Discriminator, type NoisyImages } from './discriminator.js';
export {
  distributionMatchingLoss,
  type DistributionMatchingArgs,
  type DistributionMatchingLoss,
} from './distribution-matching-loss.js';
export { dmd2 } from './dmd2.js';
export { DIVERGENCES, type Divergence, type DivergenceName } from './f-distill/divergences.js';
export { fDistill } from './f-distill/f-distill.js';
export { F_DISTILL_OPTIONS, type FDistillOptions } from './f-distill/options.js';
export { ratioWeights, type JudgedSamples, type RatioWeighting, type RatioWeights } from './f-distill/ratio-weights.js';
export { ConvHead, headGroups } from './heads/conv-head.js';
export { DiscriminatorHeads } from './heads/discriminator-heads.js';
export { drawTableSigmas, NOISE_TABLE, type StepRange } from './noise-table.js';
export { DMD2_OPTIONS, type Dmd2Options } from './options.js';
