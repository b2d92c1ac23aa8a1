/**
 * Which operators lowering may emit: everything in which the places that a graph may run in differ. A lowering never
 * asks for the place, only for what it can do there.
 */
export interface Dialect {
  /** Version of the standard operator set. */
  opset: number;
  /**
   * How images are held between operations: in blocks of so many channels, which is onnxruntime's NCHWc layout (its domain
   * com.microsoft.nchwc); 1: NCHW, by the standard operators; 0: NHWC, transposed around every convolution.
   */
  block: number;
  /** com.microsoft's FusedMatMul: a matrix product that reads its operands transposed. */
  fusedMatMul: boolean;
  /** com.microsoft's QuickGelu: SiLU in one pass. */
  quickGelu: boolean;
  /** IsNaN and IsInf; otherwise a number that is not equal to itself, or larger than all finite ones. */
  isNaN: boolean;
  /** What a backward pass needs is computed again where that is cheap; its place in the order costs operators on shapes. */
  again: boolean;
  /** Outputs that one Split may have. */
  splitOutputs: number;
  /** int64 as a step between floats and int32, and float64. */
  wideNumbers: boolean;
  /** Conv heeds padding that is only below and to the right, whatever the size of its window. */
  padsBehind: boolean;
}

/** WebGPU promises 8 buffers a shader, and one is the input. */
const WEBGPU_SPLIT_OUTPUTS = 7;

/** onnxruntime's CPU provider. */
export const cpuDialect = (block: number): Dialect => ({
  opset: 21,
  block,
  fusedMatMul: true,
  quickGelu: true,
  isNaN: true,
  again: true,
  splitOutputs: Infinity,
  wideNumbers: true,
  padsBehind: true,
});

/** onnxruntime's WebGPU provider. What it lacks would run on the CPU, at the price of copies there and back. */
export const webgpuDialect: Dialect = {
  opset: 21,
  block: 0,
  fusedMatMul: false,
  quickGelu: true,
  isNaN: false,
  again: false,
  splitOutputs: WEBGPU_SPLIT_OUTPUTS,
  wideNumbers: false,
  // onnxruntime 1.30 takes a window of one pixel, or of the whole image, for a matrix product and forgets them.
  padsBehind: false,
};

/** onnxruntime's CUDA provider, by its documentation. */
export const cudaDialect: Dialect = { ...cpuDialect(1), again: false };

/** Standard ONNX, no operators but its own; opset 17 is what software of 2022 and later reads. */
export const standardDialect: Dialect = {
  opset: 17,
  block: 1,
  fusedMatMul: false,
  quickGelu: false,
  isNaN: true,
  again: false,
  splitOutputs: Infinity,
  wideNumbers: false,
  padsBehind: true,
};
