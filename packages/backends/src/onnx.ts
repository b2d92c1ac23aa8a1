/**
 * ONNX files: those that the engine `ort` writes, and those of any program; and functions that OpenVINO compiles. Node only.
 *
 * @packageDocumentation
 */
export {
  compileOpenVino,
  exportOnnx,
  openOnnx,
  requireBfloat16,
  runOnnx,
  type CompiledFunction,
  type ExportOptions,
  type InputSpec,
  type OnnxArray,
  type OnnxInput,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValue,
  type Outputs,
  type Precision,
} from '@onestep/tfjs-backend-ort';
