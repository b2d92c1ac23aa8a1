/**
 * The operators that a lowering may emit. It describes all differences between the places where a graph may run. A lowering
 * never checks for the place, only for its features.
 */
export interface Dialect {
  /** Version of the standard operator set. */
  opset: number;
  /**
   * The layout of images between operations. A number above 1 is the number of channels per block in onnxruntime's NCHWc
   * layout (domain com.microsoft.nchwc). 1 is NCHW with the standard operators. 0 is NHWC, transposed around every convolution.
   */
  block: number;
  /** com.microsoft's FusedMatMul: a matrix product that can read its operands transposed. */
  fusedMatMul: boolean;
  /** com.microsoft's QuickGelu: SiLU in one pass. */
  quickGelu: boolean;
  /** IsNaN and IsInf. Without them: numbers not equal to themselves, and numbers larger than all finite ones. */
  isNaN: boolean;
  /**
   * Recompute cheap activations in the backward pass instead of keeping them. Fixing their place in the order takes operators
   * on shapes.
   */
  rematerialize: boolean;
  /** Maximum number of outputs of a Split. */
  splitOutputs: number;
  /** float64, and int64 as an intermediate type between floats and int32. */
  wideNumbers: boolean;
  /** Conv applies padding that is only at the bottom and the right, for every window size. */
  padsBehind: boolean;
  /** Conv is right where the number of input channels is a multiple of 3, such as 6. */
  convolvesThrees: boolean;
  /** Sin and Cos are accurate to float32. WGSL allows their results an error of 2^-11. */
  accurateSine: boolean;
  /** Conv and MatMul in float16, with sums in float32. */
  half: boolean;
}

/** WebGPU guarantees 8 buffers per shader, and one of them is the input. */
const WEBGPU_SPLIT_OUTPUTS = 7;

/** onnxruntime's CPU provider. */
export const cpuDialect = (block: number): Dialect => ({
  opset: 21,
  block,
  fusedMatMul: true,
  quickGelu: true,
  isNaN: true,
  rematerialize: true,
  splitOutputs: Infinity,
  wideNumbers: true,
  padsBehind: true,
  convolvesThrees: true,
  accurateSine: true,
  // onnxruntime computes in float32 where its CPU provider lacks an operator in float16.
  half: false,
});

/** onnxruntime's WebGPU provider. Operators that it lacks would run on the CPU, with copies there and back. */
export const webgpuDialect: Dialect = {
  opset: 21,
  block: 0,
  fusedMatMul: false,
  quickGelu: true,
  isNaN: false,
  rematerialize: false,
  splitOutputs: WEBGPU_SPLIT_OUTPUTS,
  wideNumbers: false,
  // onnxruntime 1.30 computes a window of one pixel, or of the whole image, as a matrix product and ignores the padding.
  padsBehind: false,
  // onnxruntime 1.30 computes windows of several pixels wrong there, if the number of output channels is a multiple of 4.
  convolvesThrees: false,
  accurateSine: false,
  half: true,
};

/** onnxruntime's CUDA provider, according to its documentation. */
export const cudaDialect: Dialect = { ...cpuDialect(1), rematerialize: false, half: true };

/** Standard ONNX operators only. Software of 2022 and later reads opset 17. */
export const standardDialect: Dialect = {
  opset: 17,
  block: 1,
  fusedMatMul: false,
  quickGelu: false,
  isNaN: true,
  rematerialize: false,
  splitOutputs: Infinity,
  wideNumbers: false,
  padsBehind: true,
  convolvesThrees: true,
  accurateSine: true,
  half: false,
};
