import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../../replace-kernel.js';
import { instantiateKernels, type Kernels } from './kernels.js';
import type { WasmBackend } from './wasm-backend.js';

/** What a compiled kernel works with. */
export interface Workbench {
  kernels: Kernels;
  /** Address of a tensor's values. */
  address(tensor: tf.TensorInfo): number;
  /** Makes a tensor for a result, by default of float32. */
  output(shape: number[], dtype?: tf.DataType): tf.TensorInfo;
  /** Runs `use` with the address of some float32 values. */
  withScratch(size: number, use: (address: number) => void): void;
}

/** A kernel that runs kernels/index.ts. */
export interface CompiledKernel<Inputs, Attrs> {
  name: string;
  /** @returns null to leave the work to the kernel that is registered under that name */
  run(inputs: Inputs, attrs: Attrs, workbench: Workbench): tf.TensorInfo | tf.TensorInfo[] | null;
}

/**
 * Registers a compiled kernel with the wasm engine, in front of the one that has its name.
 *
 * @throws Error if there is none: without SIMD, and for what `run` leaves, it is needed
 */
export function registerCompiledKernel<Inputs, Attrs>({ name, run }: CompiledKernel<Inputs, Attrs>): void {
  replaceKernel(name, 'wasm', (original) => (args) => {
    const workbench = workbenchOf(args.backend as WasmBackend);
    return (workbench && run(args.inputs as Inputs, args.attrs as Attrs, workbench)) ?? original(args);
  });
}

/**
 * Registers a compiled kernel of float32 with the wasm engine, for an operation that no engine has to have. It returns no tensors where
 * it does not apply, and the caller then composes the operation of others.
 */
export function registerOptionalKernel<Inputs, Attrs>({ name, run }: CompiledKernel<Inputs, Attrs>): void {
  tf.registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const workbench = workbenchOf(backend as WasmBackend);
      const isFloat = Object.values(inputs).every((tensor) => tensor?.dtype === 'float32');
      return (workbench && isFloat && run(inputs as Inputs, attrs as Attrs, workbench)) || [];
    },
  });
}

/** One for each engine, null where the kernels do not run. */
const workbenches = new WeakMap<WasmBackend, Workbench | null>();

function workbenchOf(backend: WasmBackend): Workbench | null {
  let workbench = workbenches.get(backend);
  if (workbench === undefined) {
    const kernels = instantiateKernels(backend);
    workbench = kernels && createWorkbench(kernels, backend);
    workbenches.set(backend, workbench);
  }
  return workbench;
}

function createWorkbench(kernels: Kernels, backend: WasmBackend): Workbench {
  const address = ({ dataId }: tf.TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset;
  const output = (shape: number[], dtype: tf.DataType = 'float32') => backend.makeOutput(shape, dtype);
  return {
    kernels,
    address,
    output,
    withScratch(size, use) {
      const scratch = output([size]);
      use(address(scratch));
      backend.disposeData(scratch.dataId);
    },
  };
}
