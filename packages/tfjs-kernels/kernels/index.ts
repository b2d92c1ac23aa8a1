/**
 * Float32 kernels for tfjs's WebAssembly engine, in AssemblyScript with SIMD. They read and write the engine's own memory.
 * `npm run kernels -w @onestep/tfjs-kernels` compiles them to src/wasm/compiled/wasm-bytes.ts. What each computes is written in
 * src/wasm/compiled/kernels.ts.
 *
 * Addresses are in bytes; all other numbers count float32 elements or what their name says.
 */
export { groupNorm } from './group-norm';
export { silu } from './silu';
export { multiplyByRows } from './multiply-by-rows';
export { copyStretches } from './copy-stretches';
export { denseLayer } from './dense-layer';
export { synthesisLayer, synthesisLayerScratch } from './synthesis-layer';
export { toRgbLayer } from './to-rgb-layer';
export { upsampleFiltered } from './upsample-filtered';
