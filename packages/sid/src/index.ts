export { sidGeneratorLoss, type SidGeneratorLoss, type SidGeneratorLossArgs } from './generator-loss.js';
export { sidSigmas } from './noise-schedule.js';
export { sid, SID_OPTIONS, sidStep, type SidOptions } from './sid.js';
