export { EIGHT_GAUSSIANS, eightGaussians, exactPoints, modeShares } from './eight-gaussians.js';
export { MlpDenoiser, type MlpSettings } from './mlp-denoiser.js';
