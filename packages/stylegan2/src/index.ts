export type {
  BlockArchitecture,
  BlockSettings,
  DiscriminatorSettings,
  MappingSettings,
  SynthesisGeneratorSettings,
} from './settings.js';
export { joinSettings, networkSettings } from './network-settings.js';
export { GeneratorNetwork } from './networks/generator-network.js';
export { DiscriminatorNetwork } from './networks/discriminator-network.js';
export { MappingNetwork, type MappingSizes, type Truncation } from './networks/mapping-network.js';
export { SynthesisNetwork } from './networks/synthesis-network.js';
export { discriminatorSettings, generatorSettings, type PublishedArguments } from './published-settings.js';
export { StyleGan2Generator, type StyleGan2GeneratorOptions } from './stylegan2-generator.js';
