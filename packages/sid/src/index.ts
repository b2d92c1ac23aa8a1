export {
  sid,
  sidGeneratorLoss,
  SID_OPTIONS,
  sidSigmas,
  sidStep,
  type SidGeneratorLoss,
  type SidGeneratorLossArgs,
  type SidOptions,
} from './sid.js';
export { discriminatorLoss, encoderLogits, ganLoss } from './sida/discriminator.js';
export { sida, SIDA_OPTIONS, type SidaOptions } from './sida/sida.js';
export { sidaStep } from './sida/step.js';
