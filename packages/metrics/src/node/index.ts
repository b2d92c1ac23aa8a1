export { COLOR_WEIGHTS_PATH, loadColorDetector } from './color-detector.js';
export {
  FASHION_REFERENCE_PATH,
  FASHION_WEIGHTS_PATH,
  loadFashionMnistClassifier,
  loadFashionMnistFeatures,
  loadFashionMnistReference,
} from './fashion-mnist.js';
export { readImageEmbeddings, type ImageEmbeddings } from './image-embeddings.js';
export { describeProvenance, MADE_BY_CHOICES, type Provenance } from './references/provenance.js';
export { readReference, readReferences, writeReference } from './references/reference-file.js';
export type { Reference } from './references/reference-in-file.js';
