export { createBatchSource, type BatchOptions, type BatchSource, type ImageBatch } from './batches.js';
export { convertDataset, type ConvertOptions, type ConvertResult } from './convert.js';
export { ImageDataset, openDataset, type DatasetOptions } from './dataset.js';
export { type ImageShape } from './image-shape.js';
export { datasetInfo, type DatasetInfo } from './info.js';
export { encodePng, type EncodePngOptions } from './png/encode.js';
export { InfiniteSampler, type SamplerState } from './sampler.js';
export { TRANSFORMS, type Resolution, type TransformName } from './transform/index.js';
