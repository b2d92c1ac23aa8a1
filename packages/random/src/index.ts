export { MaskRng } from './mask-rng.js';
export { Rng, type RngState } from './rng.js';
export { philox4x32 } from './philox.js';
