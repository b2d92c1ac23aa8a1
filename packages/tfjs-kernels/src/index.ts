/**
 * Extra kernels for the engines of TensorFlow.js. They keep tfjs's kernel names, so that the code above notices nothing.
 * Import an engine's package before registering kernels for it.
 *
 * @packageDocumentation
 */
export { registerCpuKernels } from './cpu/register.js';
export { registerTensorflowHalfKernels } from './tensorflow/half-kernels.js';
export { registerTensorflowKernels } from './tensorflow/register.js';
export { registerWasmKernels } from './wasm/register.js';
export { registerWebgpuKernels } from './webgpu/register.js';
