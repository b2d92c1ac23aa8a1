export { evaluateImages, referenceOf, type Evaluation } from './evaluate.js';
export { type FeatureExtractor, type ImageBatch, type ImageFeatures } from './feature-extractor.js';
export { FeatureStatistics } from './feature-statistics.js';
export { frechetDistance, type GaussianMoments } from './frechet-distance.js';
export { inceptionScore, type InceptionScore } from './inception-score.js';
export { kernelDistance } from './kernel-distance.js';
export { symmetricEigenvalues } from './linalg/symmetric-eigenvalues.js';
export { precisionRecall, type PrecisionRecall } from './precision-recall.js';
export { decodeReference, encodeReference, type ReferenceStatistics } from './reference.js';
