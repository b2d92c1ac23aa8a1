export { createBatchSource, type BatchOptions, type BatchSource } from './batches.js';
export { type ImageBatch } from './make-batch.js';
export { convertDataset, type ConvertOptions, type ConvertResult } from './convert.js';
export { ImageDataset, openDataset, type DatasetOptions } from './dataset.js';
export { type ImageShape } from './image-shape.js';
export { datasetInfo, type DatasetInfo } from './info.js';
export { encodePng, type EncodePngOptions } from './png/encode.js';
export { InfiniteSampler, type SamplerShare, type SamplerState } from './sampler.js';
export { TRANSFORMS, type Resolution, type TransformName } from './transform/index.js';
