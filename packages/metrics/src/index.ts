export { FashionCnn } from './classifier/fashion-cnn.js';
export { FASHION_DETECTOR, FashionExtractor } from './classifier/fashion-extractor.js';
export { accuracy, trainClassifier, type ClassifierTraining, type LabelledImages } from './classifier/train.js';
export {
  type CollectedFeatures,
  type ComparedWith,
  type Kept,
  type Metric,
  type MetricFamily,
  type MetricReference,
  type MetricValues,
} from './catalogue/metric.js';
export { METRIC_FAMILIES, metricNames, parseMetric } from './catalogue/registry.js';
export { collectFeatures, type CollectOptions } from './collect-features.js';
export { evaluateImages, type Evaluation } from './evaluate.js';
export { type FeatureExtractor, type ImageBatch, type ImageFeatures } from './feature-extractor.js';
export { FeatureStatistics, type FeatureStatisticsState } from './feature-statistics.js';
export { frechetDistance, type GaussianMoments } from './frechet-distance.js';
export { InceptionExtractor, INCEPTION_DETECTOR, type InceptionOptions } from './inception/inception-extractor.js';
export { InceptionNetwork, INCEPTION_LAYERS, type InceptionLayer } from './inception/inception-network.js';
export { inceptionShapes } from './inception/weights.js';
export { inceptionScore, type InceptionScore, type InceptionScoreOptions } from './inception-score.js';
export { kernelDistance, kernelDistanceOfSubsets, type SubsetOptions } from './kernel-distance.js';
export { assertDetector, measureMetrics, type MeasureMetricsArgs, type MetricResult } from './measure-metrics.js';
export { featureRows, type FeatureRows } from './pairwise.js';
export { symmetricEigenvalues } from './linalg/symmetric-eigenvalues.js';
export { precisionRecall, type PrecisionRecall } from './precision-recall.js';
export {
  assertMadeWith,
  decodeReference,
  describeReference,
  encodeReference,
  type ReferenceStatistics,
} from './reference.js';
export { referenceOf, toReference } from './reference-of.js';
export { Vgg16Extractor, VGG16_DETECTOR, type Vgg16Options } from './vgg16/vgg16-extractor.js';
export { Vgg16Network, VGG16, vgg16Shapes, type Vgg16Sizes } from './vgg16/vgg16-network.js';
