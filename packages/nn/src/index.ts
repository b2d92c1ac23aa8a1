export { lossAndGrads, type LossAndGrads } from './autodiff.js';
export { memorySource, type ByteSource } from './checkpoint/bytes/byte-source.js';
export { CheckpointError } from './checkpoint/checkpoint-error.js';
export { type Dtype, type HostArray } from './checkpoint/dtype.js';
export { dtypeOf, permuteAxes, toFloat32, type HostTensor, type StateDict } from './checkpoint/host-tensor.js';
export { MAX_NPY_HEADER, NPY_MAGIC, parseNpyHeader, type NpyHeader } from './checkpoint/npy-header.js';
export { decodeNpz, type NpzArray } from './checkpoint/npz.js';
export { NumpyArray } from './checkpoint/pickle/numpy-values.js';
export { plainValue, type PlainValue, type StandIn } from './checkpoint/pickle/plain-value.js';
export {
  OrderedDict,
  PythonFloat,
  PythonObject,
  type PythonDict,
  type PythonValue,
} from './checkpoint/pickle/python-values.js';
export { fetchSafetensors, readSafetensorsBlob, type LoadOptions } from './checkpoint/load-safetensors.js';
export { decodeSafetensors, encodeSafetensors, type Safetensors } from './checkpoint/safetensors.js';
export { safetensorsToTorch, torchToSafetensors } from './checkpoint/convert/torch-as-safetensors.js';
export type { Picklable } from './checkpoint/pickle/pickler.js';
export { encodeTorchFile } from './checkpoint/torch/encode-torch-file.js';
export { decodeTorchFile } from './checkpoint/torch/decode-torch-file.js';
export { isModule, moduleStateDict } from './checkpoint/torch/module-state.js';
export { TorchTensor } from './checkpoint/torch/torch-tensor.js';
export { Conv2d, type Conv2dOptions } from './layers/conv2d.js';
export { FourierEmbedding } from './layers/fourier-embedding.js';
export { GroupNorm } from './layers/group-norm.js';
export { Linear } from './layers/linear.js';
export { PositionalEmbedding } from './layers/positional-embedding.js';
export { DEFAULT_INIT, initialValues, type Initialization, type InitMode } from './layers/weight-init.js';
export { Module, ModuleDict } from './module.js';
export { adamUpdate, type AdamRates, type AdamUpdateArgs, type AdamUpdateResult } from './ops/adam-update.js';
export { attention } from './ops/attention.js';
export { dropout, dropoutMask } from './ops/dropout.js';
export { emaUpdate } from './ops/ema-update.js';
export { downsampleFiltered, upsampleFiltered } from './ops/filtered-resample.js';
export { flushEngine } from './ops/flush.js';
export { groupNorm, type GroupNormAttrs } from './ops/group-norm.js';
export { downsample2x, upsample2x } from './ops/resample2x.js';
export { silu } from './ops/silu.js';
export { Adam, type AdamOptions } from './optim/adam.js';
export { clipByGlobalNorm } from './optim/clip-gradients.js';
export { emaDecay, updateEma } from './optim/ema.js';
export { fromFileLayout, Parameter, toFileLayout, type Layout } from './parameter.js';
export { drawn, replayed, type Step } from './replayed.js';
export { MaskRng } from './rng/mask-rng.js';
export { Rng, type RngState } from './rng/rng.js';
export { philox4x32 } from './rng/philox.js';
