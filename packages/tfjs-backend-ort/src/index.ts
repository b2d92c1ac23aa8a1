/**
 * A TensorFlow.js backend on ONNX Runtime, for Node. Importing this package registers it under the name 'ort'.
 *
 * @packageDocumentation
 */
import { protectThreads } from './native-calls/protect-threads.js';
import { register } from './register.js';

protectThreads();
register();

export { OrtBackend } from './backend.js';
export type { Counters } from './counters.js';
export type { OrtMemory } from './memory/report.js';
export { configure, type OrtOptions } from './options.js';
export { compileOpenVino, requireBfloat16, type CompiledFunction } from './export/compile-openvino.js';
export { exportOnnx, type ExportOptions, type InputSpec, type Outputs } from './export/export-onnx.js';
export { runOnnx, type OnnxTensor } from './export/run-onnx.js';
export { saveOnnx } from './export/save-onnx.js';
export { openOnnx, type OnnxArray, type OnnxInput, type OnnxModel, type OnnxValue } from './runtime/onnx-model.js';
export type { Precision } from './runtime/openvino/model.js';
