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
export { StyleGan2Generator, type StyleGan2GeneratorOptions } from './stylegan2-generator.js';
export { isStyleGan2, loadDiscriminator, loadGenerator, saveDiscriminator, saveGenerator } from './network-file.js';
export {
  isPublishedGan,
  publishedDiscriminator,
  publishedGan,
  publishedGenerator,
  type PublishedGan,
  type PublishedNetwork,
} from './published-pickle.js';
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
export { AdaController, type AdaSettings, type AdaState } from './training/ada-controller.js';
export { checkStart } from './training/check-start.js';
export { continueGan, type GanNetworks } from './training/continue-gan.js';
export type { GanDraws, PassDraws, MicroBatchDraws } from './training/gan-draws.js';
export {
  fakeLoss,
  nonSaturatingLoss,
  pathLengthPenalty,
  pathLengths,
  r1Penalty,
  realLoss,
} from './training/gan-losses.js';
export { PHASE_VALUES } from './training/gan-phases.js';
export { ganTrainingCost, type GanTrainingCost } from './training/gan-cost.js';
export { GAN_PRESETS, type GanPreset, type GanPresetName, type GanPresetPlace } from './training/gan-presets.js';
export { ganRecipe, type GanChoices, type GanData, type GanRecipe } from './training/gan-recipe.js';
export { GAN_TRAINING_OPTIONS, type GanTrainingOptions } from './training/gan-training-options.js';
export { GanTrainingTask, type GanTrainingArgs, type PhaseObserver } from './training/gan-training-task.js';
export { PUBLISHED_STARTS } from './training/published-starts.js';
export { publishedTrainingOptions } from './training/published-training-options.js';
export type { PhaseName } from './training/phases.js';
