export { eightGaussians, exactPoints, modeShares } from './eight-gaussians.js';
export { EIGHT_GAUSSIANS } from './mixture.js';
export { MlpDenoiser, type MlpSettings } from './mlp-denoiser.js';
export { pointBatches } from './point-batches.js';
