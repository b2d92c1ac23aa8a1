export type {
  BlockArchitecture,
  BlockSettings,
  DiscriminatorSettings,
  MappingSettings,
  SynthesisGeneratorSettings,
} from './settings.js';
export { GeneratorNetwork } from './networks/generator-network.js';
export { DiscriminatorNetwork } from './networks/discriminator-network.js';
export { MappingNetwork, type MappingSizes, type Truncation } from './networks/mapping-network.js';
export { SynthesisNetwork } from './networks/synthesis-network.js';
export { discriminatorSettings, generatorSettings, type PublishedArguments } from './published-settings.js';
export { StyleGan2Generator, type NoiseMode, type StyleGan2GeneratorOptions } from './stylegan2-generator.js';
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
