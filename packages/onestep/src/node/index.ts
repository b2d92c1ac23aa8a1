export { availableMemory, type MachineMemory } from './available-memory.js';
export { readCheckpoint } from '../files/read-checkpoint.js';
export { cacheFolder } from './cache-folder.js';
export { downloadToCache } from './cached-download.js';
export { sha256OfFile } from './checksum.js';
export { convertFile, type ConvertArgs } from './convert/convert-file.js';
export type { Conversion, ConvertOptions, OutputFormat } from './convert/output-format.js';
export { OUTPUT_FORMATS } from './convert/registry.js';
export { denoiserToOnnx, generatorToOnnx, type OnnxDescription, type OnnxFile } from './onnx/write-onnx.js';
