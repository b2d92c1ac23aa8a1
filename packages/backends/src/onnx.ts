/**
 * ONNX files: those that the engine `ort` writes, and those of any program. Node only.
 *
 * @packageDocumentation
 */
export {
  exportOnnx,
  openOnnx,
  runOnnx,
  type ExportOptions,
  type InputSpec,
  type OnnxArray,
  type OnnxInput,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValue,
  type Outputs,
} from '@onestep/tfjs-backend-ort';
