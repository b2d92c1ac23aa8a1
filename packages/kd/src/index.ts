export { kd, KD_OPTIONS, type KdOptions } from './kd.js';
export { KdDistillation } from './kd-distillation.js';
