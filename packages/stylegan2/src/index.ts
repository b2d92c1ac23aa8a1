export type {
  BlockArchitecture,
  BlockSettings,
  DiscriminatorSettings,
  MappingSettings,
  SynthesisGeneratorSettings,
} from './settings.js';
