export { AugmentPipe } from './augmentation/augment-pipe.js';
export { UNCHANGED, type AugmentParameters } from './augmentation/augment-parameters.js';
export { AUGMENT_DEFAULTS, TRAINING_AUGMENTATION, type AugmentSettings } from './augmentation/augment-settings.js';
export { findEdmStateDicts, type EdmStateDict } from './inference/edm-state-dicts.js';
export { describeNetwork } from './inference/describe-network.js';
export { addMissingBuffers } from './inference/missing-buffers.js';
export { settingsFromWeights, type UndeterminedSettings } from './inference/settings-from-weights.js';
export { EDM_LOSS, edmLoss, type EdmLossSettings } from './losses/edm-loss.js';
export { TRAINING_LOSSES } from './losses/registry.js';
export type { TrainingLoss } from './losses/training-loss.js';
export { VE_LOSS, veLoss, type VeLossSettings } from './losses/ve-loss.js';
export { VP_LOSS, vpLoss, type VpLossSettings } from './losses/vp-loss.js';
export { networkCost } from './network-cost.js';
export { loadNetwork, saveNetwork, withoutPublishedRest } from './network-file.js';
export { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';
export { ADM, type DhariwalUNetSettings } from './networks/dhariwal-unet-settings.js';
export { DhariwalUNet } from './networks/dhariwal-unet.js';
export { edm2Snapshot, isEdm2Snapshot, loadEdm2Network } from './networks/edm2/edm2-file.js';
export { Edm2Network } from './networks/edm2/edm2-network.js';
export {
  completeEdm2Settings,
  EDM2_UNET_DEFAULTS,
  isEdm2Settings,
  type Edm2Settings,
  type Edm2UNetSettings,
  type PartialEdm2Settings,
} from './networks/edm2/edm2-settings.js';
export { Edm2UNet } from './networks/edm2/edm2-unet.js';
export { createUNet, UNET_DEFAULTS, type UNetSettings } from './networks/registry.js';
export { DDPMPP, NCSNPP, SONG_UNET_DEFAULTS, type SongUNetSettings } from './networks/song-unet-settings.js';
export { SongUNet } from './networks/song-unet.js';
export { UNet, type UNetShape } from './networks/unet.js';
export { PreconditionedNetwork } from './preconditioned-network.js';
export type { Preconditioning, Scalings } from './preconditioning/preconditioning.js';
export {
  createPreconditioning,
  PRECONDITIONING_DEFAULTS,
  type PreconditioningSettings,
} from './preconditioning/registry.js';
export { isPublishedSnapshot, loadPublishedNetwork, publishedSnapshot } from './published-snapshot.js';
export { schemeOfClass, settingsFromPublished } from './published-settings.js';
export { publishedPickle } from './published-pickle.js';
export { EDM_TRAINING_DEFAULTS, type EdmTrainingOptions } from './training/edm-training-options.js';
export { EdmTrainingTask, type EdmTrainingArgs } from './training/edm-training-task.js';
