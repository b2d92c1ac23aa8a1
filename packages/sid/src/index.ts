export { fgm, FGM_OPTIONS, fgmStep, type FgmOptions } from './fgm/fgm.js';
export { sid, SID_OPTIONS, sidGeneratorLoss, sidStep, type SidGeneratorLossArgs, type SidOptions } from './sid.js';
export { sidSigmas, type WeightedLoss } from './score-identity.js';
export { sim, SIM_OPTIONS, simStep, type SimOptions } from './sim/sim.js';
export { simGeneratorLoss, type SimDistance, type SimGeneratorLossArgs, type SimWeight } from './sim/sim-loss.js';
export { discriminatorLoss, encoderLogits, ganLoss } from './sida/discriminator.js';
export { sida, SIDA_OPTIONS, type SidaOptions } from './sida/sida.js';
export { sidaStep } from './sida/step.js';
