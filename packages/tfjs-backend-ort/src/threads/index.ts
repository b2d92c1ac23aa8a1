/**
 * The number of threads that an engine uses by default. Importing this entry loads neither ONNX Runtime nor tfjs.
 *
 * @packageDocumentation
 */
export { availableProcessors } from './available-processors.js';
export { defaultThreads } from './default-threads.js';
