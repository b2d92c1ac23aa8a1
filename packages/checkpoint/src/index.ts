export { ByteRange, memorySource, type ByteSource } from './bytes/byte-range.js';
export { concatBytes } from './bytes/concat-bytes.js';
export { CheckpointError } from './checkpoint-error.js';
export { safetensorsToTorch, torchToSafetensors } from './convert/torch-as-safetensors.js';
export { toFloat16, type Dtype, type HostArray } from './dtype.js';
export { dtypeOf, permuteAxes, toFloat32, type HostTensor, type StateDict } from './host-tensor.js';
export { identifyFile, wrongKindError, type IdentifiedFile } from './identify/identify-file.js';
export { fetchSafetensors, readSafetensorsBlob, type LoadOptions } from './load-safetensors.js';
export { findNonFinite, type NonFiniteTensor } from './non-finite.js';
export { decodeNpy, readNpyHeader, type NpyArray, type NpyElements, type NpyHeader } from './npy.js';
export { decodeNpz, type NpzContents } from './npz.js';
export { NumpyArray } from './pickle/numpy-values.js';
export type { Picklable } from './pickle/pickler.js';
export { toPlainValue, type PlainValue, type ReplaceValue } from './pickle/plain-value.js';
export {
  entriesOf,
  OrderedDict,
  pythonFloat,
  PythonFloat,
  PythonGlobal,
  PythonObject,
  type PythonDict,
  type PythonValue,
} from './pickle/python-values.js';
export { decodeSafetensors, encodeSafetensors, isSafetensors, readRows, type Safetensors } from './safetensors.js';
export { decodeTorchFile } from './torch/decode-torch-file.js';
export { snapshotChunks, type SnapshotModule } from './torch/encode-snapshot.js';
export { encodeTorchFile } from './torch/encode-torch-file.js';
export { findStateDict, listStateDicts, type FoundStateDict } from './torch/find-state-dict.js';
export { isModule, moduleStateDict } from './torch/module-state.js';
export { TorchTensor } from './torch/torch-tensor.js';
export { parseJson } from './parse-json.js';
export { plainCaption } from './plain-caption.js';
export { quoteCaption } from './quote-caption.js';
export { crc32 } from './zip/crc32.js';
export { LOCAL_HEADER_BYTES, localHeaderLength } from './zip/records.js';
export { StoredZipWriter } from './zip/stored-zip.js';
export { zipDirectoryRange } from './zip/zip-directory.js';
