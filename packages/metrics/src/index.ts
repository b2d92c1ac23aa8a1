export { cautionFewImages } from './cautions.js';
export { COLOR_DETECTOR, ColorExtractor } from './color/color-extractor.js';
export { FASHION_DETECTOR, FashionExtractor } from './classifier/fashion-extractor.js';
export type { FashionFeatures } from './classifier/fashion-features.js';
export type { ComparedWith, Metric, MetricFamily, MetricReference, MetricValues } from './catalogue/metric.js';
export { metricNames, parseMetric } from './catalogue/registry.js';
export {
  collectFeatures,
  type CollectedFeatures,
  type CollectOptions,
  type PerImageOutput,
  type SharedImages,
} from './collect-features.js';
export { EncoderExtractor, type EncoderArgs, type EncoderModel } from './encoder/encoder-extractor.js';
export { ENCODER_PRESETS, parseEncoderSettings, type EncoderSettings } from './encoder/encoder-settings.js';
export { parsePreprocessorConfig } from './encoder/preprocessor-config.js';
export { evaluateImages, type Evaluation } from './evaluate-images.js';
export type { FeatureExtractor, ImageBatch, ImageFeatures } from './feature-extractor.js';
export { FeatureStatistics, type FeatureStatisticsState } from './feature-statistics.js';
export { frechetDistance, type GaussianMoments } from './frechet-distance.js';
export {
  InceptionExtractor,
  INCEPTION_DETECTOR,
  inceptionDetector,
  type InceptionOptions,
} from './inception/inception-extractor.js';
export {
  InceptionNetwork,
  INCEPTION_INPUT,
  INCEPTION_LAYERS,
  type InceptionLayer,
} from './inception/inception-network.js';
export {
  INCEPTION_RULES,
  INCEPTION_RULE_NAMES,
  inceptionRuleOf,
  type InceptionRule,
  type InceptionRuleName,
} from './inception/inception-rules.js';
export { recognizedClasses } from './groups/recognized-classes.js';
export { groupByCaption, wordPattern, type CaptionGroup } from './groups/caption-groups.js';
export {
  cautionFewInGroups,
  measureGroups,
  type ConditionGroup,
  type GroupFigures,
  type MeasureGroupsArgs,
} from './groups/measure-groups.js';
export { inceptionShapes } from './inception/weights.js';
export { inceptionScore, type InceptionScore, type InceptionScoreOptions } from './inception-score.js';
export { kernelDistance, subsetKernelDistance, type SubsetOptions } from './kernel-distance.js';
export { assertDetector, measureMetrics, type MeasureMetricsArgs, type MetricResult } from './measure-metrics.js';
export { prepareImages, withImageFormat, type SquareFormat } from './prepare-images.js';
export { precisionRecall, type PrecisionRecall } from './precision-recall.js';
export {
  assertMadeWith,
  computeReference,
  decodeReference,
  describeReference,
  encodeReference,
  toReference,
  type ReferenceStatistics,
} from './reference.js';
export type { PixelImage } from './resize/pixel-image.js';
export { RESIZE_RULES, resizeToSquare, type ResizeRule, type ResizeRuleName } from './resize/resize-rules.js';
export {
  clipScoreOf,
  measureClipScore,
  type ClipScore,
  type ClipScoreArgs,
  type ImageCaptionPair,
  type TextRows,
} from './text-image/clip-score.js';
export { Lpips, type LpipsOptions } from './vgg16/lpips.js';
export { Vgg16Extractor, VGG16_DETECTOR, type Vgg16Options } from './vgg16/vgg16-extractor.js';
export { Vgg16Network } from './vgg16/vgg16-network.js';
export { wilsonInterval } from './wilson-interval.js';
