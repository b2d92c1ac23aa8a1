import '@tensorflow/tfjs-backend-cpu';
import {
  getKernel,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  unregisterKernel,
  util,
} from '@tensorflow/tfjs-core';
import type { KernelFunc, KernelSetupFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { OrtBackend } from './backend.js';
import type { KernelInputs } from './cpu-fallback.js';
import { updateInputNames } from './ops/fused.js';
import { halfKernels } from './ops/half.js';
import type { Kernel } from './ops/kernel.js';
import { KERNELS } from './ops/table.js';
import type { Attrs } from './tensor-spec.js';

const BACKEND = 'ort';
/** Above tfjs-node (3) and webgl (2): it trains faster than either. */
const PRIORITY = 10;

type KernelArguments = { inputs: KernelInputs; attrs: Attrs; backend: OrtBackend };
type RunKernel = (args: KernelArguments) => TensorInfo | TensorInfo[];

/** Another tensor on the same storage. */
function alias(backend: OrtBackend, x: TensorInfo, shape: number[]): TensorInfo {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape, dtype: x.dtype };
}

/** Kernels that are not recorded: they only reinterpret a storage, or have no tensors as inputs. */
const DIRECT_KERNELS: Record<string, RunKernel> = {
  Identity: ({ inputs: { x }, backend }) => alias(backend, x!, x!.shape),
  Reshape: ({ inputs: { x }, attrs: { shape }, backend }) => {
    const size = util.sizeFromShape(x!.shape);
    if (!shape.includes(-1) && util.sizeFromShape(shape) !== size) {
      throw new Error(`Reshape: [${x!.shape}] does not have as many elements as [${shape}].`);
    }
    const resolved = util.inferFromImplicitShape(shape, size);
    return alias(backend, x!, resolved);
  },
  ExpandDims: ({ inputs: { input }, attrs: { dim }, backend }) => {
    const shape = [...input!.shape];
    if (dim < -shape.length - 1 || dim > shape.length)
      throw new Error(`ExpandDims: axis ${dim} does not fit [${shape}].`);
    shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
    return alias(backend, input!, shape);
  },
  Complex: ({ inputs: { real, imag }, backend }) => backend.complex(real!, imag!),
  Real: ({ inputs: { input }, backend }) => backend.complexPart(input!, 'real'),
  Imag: ({ inputs: { input }, backend }) => backend.complexPart(input!, 'imag'),
  Range: ({ inputs, attrs, backend }) => backend.fallback('Range', inputs, attrs, false),
  LinSpace: ({ inputs, attrs, backend }) => backend.fallback('LinSpace', inputs, attrs, false),
};

function inputNames(kernel: Kernel, inputs: KernelInputs, attrs: Attrs): readonly string[] {
  return kernel.inputs ?? updateInputNames(kernel.name, attrs as { count: number }) ?? Object.keys(inputs);
}

/** A kernel function that records the operation. */
function recordingKernel(kernel: Kernel): RunKernel {
  return ({ inputs, attrs = {}, backend }) => {
    const list: TensorInfo[] = [];
    for (const name of inputNames(kernel, inputs, attrs)) {
      const input = inputs[name];
      if (input != null) list.push(input);
    }
    if (kernel.optional) {
      const given = kernel.optional.filter((name) => inputs[name] != null);
      return backend.record(kernel, [...list, ...given.map((name) => inputs[name]!)], { ...attrs, given }, inputs);
    }
    // A cast to the same type is the same storage.
    if (kernel.name === 'Cast' && list[0]!.dtype === attrs.dtype) return alias(backend, list[0]!, list[0]!.shape);
    return backend.record(kernel, list, attrs, inputs);
  };
}

function add(kernelName: string, run: RunKernel): void {
  registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: run as unknown as KernelFunc,
    setupFunc: SETUP[kernelName],
  });
}

/** What tfjs runs for a kernel whenever a backend becomes the current one. */
const SETUP: Record<string, KernelSetupFunc> = {
  Identity: (backend) => offerHalfPrecision((backend as OrtBackend).dialect.half),
};

/**
 * Registers the kernels in half precision, or removes them: what is registered says what the engine can do.
 *
 * @internal
 */
export function offerHalfPrecision(isOffered: boolean): void {
  for (const kernel of halfKernels) {
    const isRegistered = getKernel(kernel.name, BACKEND) !== undefined;
    if (isOffered && !isRegistered) add(kernel.name, recordingKernel(kernel));
    if (!isOffered && isRegistered) unregisterKernel(kernel.name, BACKEND);
  }
}

/** Registers the backend `ort` and its kernels with tfjs-core. */
export function register(): void {
  registerBackend(BACKEND, () => new OrtBackend(), PRIORITY);
  for (const kernel of KERNELS.values()) add(kernel.name, recordingKernel(kernel));
  for (const [name, run] of Object.entries(DIRECT_KERNELS)) add(name, run);
  for (const { kernelName, kernelFunc } of getKernelsForBackend('cpu')) {
    if (KERNELS.has(kernelName) || kernelName in DIRECT_KERNELS) continue;
    // A composition of operations (`runCompositeKernel` of @onestep/nn) is composed here too, of this engine's.
    if ('isComposite' in kernelFunc) continue;
    add(kernelName, ({ inputs, attrs, backend }) => backend.fallback(kernelName, inputs, attrs));
  }
}
