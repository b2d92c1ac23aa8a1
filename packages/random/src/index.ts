export { MaskRng } from './mask-rng.js';
export { NumpyRandomState } from './numpy-random-state.js';
export { Rng, type RngState } from './rng.js';
export { philox4x32 } from './philox.js';
