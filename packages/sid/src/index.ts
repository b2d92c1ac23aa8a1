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
