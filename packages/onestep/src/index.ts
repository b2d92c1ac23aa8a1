export {
  captionLabels,
  defineMethod,
  type CaptionEncoder,
  type EncoderSettings,
  type NetworkCost,
  type TrainingCost,
  type ClassProbabilities,
  type LabelKind,
  type TrainingLabels,
  type DistillationMethod,
  type Method,
  type MethodArgs,
} from '@onestep/diffusion-core';
export { distill, type DistillArgs, type DistillProgress } from './distill.js';
export { startEngine, type EngineName, type EngineOptions } from './engine.js';
export type { LoadOptions, NetworkSource } from './files/open-source.js';
export type { StatedSettings, StatedSettingsOptions } from './formats/stated-settings.js';
export {
  loadGenerator,
  OneStepGenerator,
  type GeneratorSampleOptions,
  type LoadGeneratorOptions,
} from './generator.js';
export {
  EDM_TRAINING,
  estimateSampling,
  estimateTraining,
  largestMicroBatch,
  methodCost,
  type MemoryEstimate,
  type TrainingWork,
} from './memory/estimate-memory.js';
export { estimateSeconds, measureSpeed } from './memory/estimate-time.js';
export { METHODS } from './methods.js';
export {
  MODELS,
  type DistilledModel,
  type Model,
  type ModelFile,
  type ModelName,
  type ModelQuality,
} from './models.js';
export { createPictures, PICTURES } from './pictures.js';
export { EmbeddingTable, type EmbeddedCaption } from './text/embedding-table.js';
export { fitEncoder, scaleEncoder, unitScale } from './text/fit-encoder.js';
export { programEncoder, type TextEncoderArgs } from './text/program-encoder.js';
export { supplyPrompts } from './text/supply-prompts.js';
export type { TextPooling } from './text/tabulate-embeddings.js';
export { publishedTeacherNames, publishedTeacherUrl } from './published-teachers.js';
export { NetworkRoleError, type NetworkRole } from './network-file.js';
export {
  createGenerator,
  openNetwork,
  type GeneratorOptions,
  type OpenedNetwork,
  type OpenNetworkOptions,
} from './open-network.js';
export { findClass, type ClassName, type LabelChoice, type NamedClasses } from './sampling/classes.js';
export { settleSteps, type RecordedGenerator } from './sampling/settle-steps.js';
export type { SampledImage, SampleOptions } from './sampling/sample-in-batches.js';
export { encodePng } from './show/encode-png.js';
export { showImages, type ShownImages } from './show/show-images.js';
export type { TileOptions } from './show/tile-images.js';
export type { Precision, PrecisionOptions } from './bfloat16.js';
export { loadTeacher, Teacher, type LoadTeacherOptions, type TeacherSampleOptions } from './teacher.js';
