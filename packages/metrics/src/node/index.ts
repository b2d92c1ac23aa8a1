export {
  FASHION_REFERENCE_PATH,
  FASHION_WEIGHTS_PATH,
  loadFashionMnistClassifier,
  loadFashionMnistReference,
} from './fashion-mnist.js';
export { readReference, writeReference } from './reference-file.js';
