export type {
  BlockArchitecture,
  BlockSettings,
  DiscriminatorSettings,
  MappingSettings,
  SynthesisGeneratorSettings,
} from './settings.js';
export {
  AdaptiveAugmentation,
  augment,
  uploadAugmentations,
  type AugmentationTensors,
  type DrawnAugmentations,
} from './augmentation/adaptive-augmentation.js';
export type { HostTable } from './augmentation/host-table.js';
export {
  AUGMENTATION_PRESETS,
  type AugmentationMultipliers,
  type AugmentationPreset,
} from './augmentation/multipliers.js';
export type { RandomSource } from './augmentation/random-source.js';
