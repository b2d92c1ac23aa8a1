/**
 * ONNX files, which the engine `ort` writes. Node only.
 *
 * @packageDocumentation
 */
export {
  exportOnnx,
  runOnnx,
  type ExportOptions,
  type InputSpec,
  type OnnxArray,
  type Outputs,
} from '@onestep/tfjs-backend-ort';
