export { openOnnx, type OnnxArray, type OnnxModel, type OnnxValue } from '@onestep/tfjs-backend-ort';
