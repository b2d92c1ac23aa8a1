export {
  describeEncoder,
  EXTERNAL_ENCODERS,
  isExternal,
  type CaptionEncoder,
  type EncoderSettings,
  type ExternalEncoderSettings,
} from './conditions/caption-encoder.js';
export { captionLabels } from './conditions/caption-labels.js';
export {
  checkClass,
  checkHasClasses,
  checkLabel,
  classLabels,
  oneHot,
  type ClassChoice,
} from './conditions/class-labels.js';
export { nameClasses } from './conditions/class-names.js';
export { LabelPrior } from './conditions/label-prior.js';
export { describePrompts, promptLabels } from './conditions/prompt-labels.js';
export { captionEncoder, checkTakesCaptions, encodePrompts } from './conditions/prompts.js';
export { mostCaptions } from './conditions/sample-of-labels.js';
export { supplyCaptions } from './conditions/supplied-rows.js';
export { WordEncoder, type VocabularyOptions, type WordEncoderSettings } from './conditions/word-encoder.js';
export {
  describeInvalidLabels,
  hasClasses,
  nameLabels,
  settleTrainingLabels,
  type ClassProbabilities,
  type Labeled,
  type LabelKind,
  type TrainingLabels,
} from './conditions/training-labels.js';
export {
  hasFeatures,
  isNetwork,
  type Conditions,
  type Denoiser,
  type DenoiserNetwork,
  type FeatureMap,
  type FeatureNetwork,
} from './denoiser.js';
export {
  denoiserFromPrediction,
  predictionScaling,
  type Prediction,
  type PredictionScaling,
  type PredictionSettings,
  type ScaledInputs,
} from './denoisers/denoiser-from-prediction.js';
export { pseudoHuberDistance, squaredDistance, type Distance } from './distances/distance.js';
export {
  REGRESSION_DISTANCES,
  regressionDistance,
  settleDistance,
  type RegressionDistanceName,
} from './distances/regression-distances.js';
export { checkAugmentation, type Augmentation, type HostImages } from './distillation/augmentation.js';
export { chooseSignal, LearningSignal, type StudentSignal } from './distillation/learning-signal.js';
export { PathDistance } from './distillation/path-distance.js';
export { checkPairs, RegressionTerm, type PairInputs, type RegressionArgs } from './distillation/regression.js';
export {
  areSameImages,
  checkSameImages,
  checkTrainable,
  copyTeacher,
  describeImages,
  type ImageShape,
} from './distillation/student.js';
export { readEmaRecord, type EmaRecord, type EmaSegment, type ReconstructedEma } from './ema/ema-history.js';
export { describeEma, emaDecayOf, emaLengths, emaName, type EmaLength, type EmaOptions } from './ema/ema-length.js';
export { EmaSet, type EmaNetwork, type EmaSetOptions } from './ema/ema-set.js';
export { decaysOf, recordedDecays, trainingSteps, type EmaProfile, type TrainingSteps } from './ema/ema-profile.js';
export { fitProfile, type ProfileFit } from './ema/fit-profile.js';
export { findFeatureMaps } from './feature-maps.js';
export type { Generator, TrainableGenerator } from './generator.js';
export { DenoiserGenerator } from './generators/denoiser-generator.js';
export {
  describeGenerator,
  describeUnstatedRole,
  describeLabels,
  INVALID_RECORD,
  networkMetadata,
  readGeneratorRecord,
  SETTINGS_ENTRY,
  splitGeneratorTensors,
  type GeneratorRecord,
  type NetworkRecord,
  type UnstatedRole,
} from './generators/generator-file.js';
export { generateImages, type GenerateImagesArgs } from './generators/generate-images.js';
export { imageLatents } from './generators/image-latents.js';
export { isMultiStep, type MultiStepGenerator } from './generators/multi-step.js';
export { NetworkGenerator } from './generators/network-generator.js';
export { NumpySeeds } from './generators/numpy-seeds.js';
export { hasOwnLatents, isDenoiser, requireDenoiser, type SavedNetwork } from './generators/own-latents.js';
export { isPixelSettings, PixelGenerator, type PixelSettings } from './generators/pixel-generator.js';
export { refinementLevels } from './generators/refinement-levels.js';
export { generateByRenoising, type RenoisingArgs } from './generators/renoise.js';
export { RenoisingGenerator } from './generators/renoising-generator.js';
export { settleLevels, type StepChoice } from './generators/settle-levels.js';
export {
  checkSynthesisChoice,
  isSynthesisGenerator,
  NOISE_MODES,
  type NoiseMode,
  type SynthesisChoice,
  type SynthesisGenerator,
} from './generators/synthesis-generator.js';
export { slerp } from './generators/slerp.js';
export {
  checkGuidance,
  denoiseGuided,
  guideDenoiser,
  guidedEvaluations,
  type Guidance,
  type GuidanceOfBatch,
} from './guidance/guidance.js';
export { GuidanceLabels, checkScale } from './guidance/guidance-labels.js';
export {
  GUIDANCE_LIMITS,
  GUIDANCE_OPTIONS,
  checkGuidanceOptions,
  guidanceOf,
  guidanceTag,
  limitsOf,
  recordGuidance,
  SAMPLING_GUIDANCE_OPTIONS,
  warnOfGuidance,
  type GuidanceOptions,
} from './guidance/guidance-options.js';
export {
  describeScale,
  drawScales,
  guidanceScale,
  isScaleRange,
  type GuidanceScale,
} from './guidance/guidance-scale.js';
export { PIXEL_LIMITS, type PixelLimit } from './guidance/limit-pixels.js';
export {
  atScales,
  checkScaleInput,
  chooseScale,
  guidanceRangeOf,
  openScaleInput,
  takesScale,
  withScaleInput,
  type ScaledGenerator,
  type ScaledNetwork,
} from './guidance/scale-input.js';
export { joinScales, splitScales } from './guidance/scale-rows.js';
export {
  composeMaps,
  IDENTITY_MAP,
  rotationMap,
  scalingMap,
  translationMap,
  type AffineMap,
} from './images/affine-map.js';
export { composeColorMap, grayPart, type ColorChanges, type ColorMap } from './images/color-map.js';
export { assertFiniteImages, NonFiniteImagesError } from './images/finite-images.js';
export { fromUint8 } from './images/from-uint8.js';
export { ImageStreams } from './images/image-streams.js';
export { reflectIndex } from './images/reflect-index.js';
export { SYM6 } from './images/sym6.js';
export { toUint8 } from './images/to-uint8.js';
export {
  EDM_NOISE,
  edmDenoisingLoss,
  edmLossWeight,
  logNormalSigmas,
  type DenoisingLossArgs,
} from './losses/denoising-loss.js';
export type { DistillationMethod } from './method/distillation-method.js';
export {
  DISTILLATION_OPTIONS,
  generatorEmaDecay,
  requireOption,
  type DistillationOptions,
} from './method/distillation-options.js';
export {
  defineMethod,
  isMethod,
  needsOf,
  type Method,
  type MethodArgs,
  type MethodDefinition,
  type MethodNeed,
  type MethodPreset,
  type OpenedGenerator,
} from './method/method.js';
export {
  boolean,
  callback,
  classProbabilities,
  integer,
  number,
  numberList,
  numbers,
  oneOf,
  type Check,
  type NumberBounds,
} from './method/option-checks.js';
export {
  defaultsOf,
  option,
  settleOptions,
  type OptionFlag,
  type OptionRow,
  type OptionsOf,
  type OptionTable,
} from './method/option-table.js';
export { DiscreteLevels } from './noise/discrete-levels.js';
export { iddpmLevels, type IddpmSchedule } from './noise/iddpm-levels.js';
export { fitVpSchedule, vpSigma, vpTime, type VpSchedule } from './noise/vp-schedule.js';
export type { AblationSamplerOptions } from './samplers/ablation/ablation-options.js';
export { agree, DisagreementError } from './processes/agree.js';
export { collectOnFirst } from './processes/collect-on-first.js';
export { ALONE, anyRank, broadcastJson, gatherJson, type Communicator } from './processes/communicator.js';
export { OtherRankError } from './processes/other-rank-error.js';
export { connectPorts, PortCommunicator, type Port, type PortMember } from './processes/port-communicator.js';
export { RankNanError } from './processes/nan-ranks.js';
export { shareOf, type Share } from './processes/share-of.js';
export { onFirstRank, workTogether } from './processes/shared-work.js';
export { ablationSampler } from './samplers/ablation/ablation-sampler.js';
export { ddimSampler, type DdimSamplerOptions } from './samplers/ddim-sampler.js';
export { dpmSolverSampler } from './samplers/dpm-solver-sampler.js';
export { edmSampler } from './samplers/edm-sampler.js';
export { karrasSchedule, karrasSigma, karrasSigmaAt, type KarrasScheduleOptions } from './samplers/karras-schedule.js';
export { SAMPLERS, stepsWithin, type NamedSampler, type SamplerName } from './samplers/named-samplers.js';
export type { NoiseLevelOptions } from './samplers/noise-levels.js';
export { sampleImages, type SampleImagesArgs } from './samplers/sample-images.js';
export {
  countEvaluations,
  EDM_SAMPLER_DEFAULTS,
  type ChurnOptions,
  type EdmSamplerOptions,
} from './samplers/sampler-options.js';
export type { SampledImages, SamplerArgs, SamplerStepHook } from './samplers/sampler.js';
export { ENCODER_SHARE, type NetworkCost, type TrainingCost } from './network-cost.js';
export { checkPairGuidance, describePairGuidance, isPairGuidance, type PairGuidance } from './pairs/pair-guidance.js';
export type { PairBatch, PairBatchSource } from './pairs/pair-batch-source.js';
export { PairsInMemory, type PairSet } from './pairs/pair-set.js';
export { samplePairs, type PairSamplerOptions, type SamplePairsArgs } from './pairs/sample-pairs.js';
export { shufflePairs } from './pairs/shuffle-pairs.js';
export { perImage } from './per-image.js';
export { GaussianDenoiser, type GaussianSettings } from './teachers/gaussian-denoiser.js';
export { GaussianMixtureDenoiser, type GaussianMixture } from './teachers/gaussian-mixture-denoiser.js';
export { accumulateGradients, accumulation, disposeLossAndGrads } from './training/accumulate-gradients.js';
export { atOnce, inTurns, type Turns } from './training/in-turns.js';
export { isDenoiserAlive, isGeneratorAlive } from './training/alive.js';
export { checkImageBatch } from './training/check-image-batch.js';
export { encodeCaptions, type CaptionedBatchSource } from './training/captioned-batches.js';
export type { ImageBatch, ImageBatchSource } from './training/image-batch-source.js';
export { MicroBatches } from './training/micro-batches.js';
export { momentsFromSums, type Moments } from './training/moments.js';
export { RandomStreams } from './training/random-streams.js';
export { restoreWhole } from './training/restore-whole.js';
export { joinParts, takePart } from './training/state-parts.js';
export {
  meanOf,
  type NamedSnapshot,
  type NetworkSnapshot,
  type StepStats,
  type TaskState,
  type TrainingTask,
} from './training/task.js';
export { withDefaults } from './with-defaults.js';
export { withoutGradient } from './without-gradient.js';
export {
  endTimeInput,
  flowTime,
  flowVelocity,
  isVelocityNetwork,
  type EndTime,
  type EndTimeOptions,
  type VelocityNetwork,
} from './velocity-network.js';
