export { sidGeneratorLoss, type SidGeneratorLoss, type SidGeneratorLossArgs } from './generator-loss.js';
export { sidSigmas } from './noise-schedule.js';
export { SID_DEFAULTS, sidOptions, type SidOptions } from './options.js';
export { SID_PRESETS, SID_SNAPSHOT_TICKS, type SidPreset } from './presets.js';
export { SidDistillation } from './sid-distillation.js';
