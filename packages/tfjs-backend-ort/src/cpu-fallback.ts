import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  backend_util,
  getKernel,
  type BackendValues,
  type DataType,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { Attrs } from './tensor-spec.js';

/** A kernel's named inputs, as tfjs passes them. */
export type KernelInputs = Record<string, TensorInfo | null | undefined>;

/** The backend whose tensors a CPU kernel reads and creates. */
interface TensorOwner {
  readSync(dataId: object): BackendValues;
  write(values: BackendValues, shape: number[], dtype: DataType): object;
}

/** Runs tfjs-backend-cpu's kernels for operations that are not lowered: reads the inputs back, and uploads the results. */
export class CpuFallback {
  private backend: MathBackendCPU | null = null;

  run(name: string, inputs: KernelInputs, attrs: Attrs, owner: TensorOwner): TensorInfo | TensorInfo[] {
    const kernel = getKernel(name, 'cpu');
    const cpu = (this.backend ??= createCpuBackend());
    const copies = new Map<TensorInfo, TensorInfo>();
    const copy = (x: TensorInfo): TensorInfo => {
      const { shape, dtype } = x;
      // Some kernels read the rank, which a tensor has and a TensorInfo has not.
      const copied = copies.get(x) ?? {
        dataId: upload(cpu, owner.readSync(x.dataId), x),
        shape,
        dtype,
        rank: shape.length,
      };
      copies.set(x, copied);
      return copied;
    };
    const named: Record<string, TensorInfo | TensorInfo[]> = Array.isArray(inputs) ? ([] as never) : {};
    for (const [key, x] of Object.entries(inputs)) if (x != null) named[key] = Array.isArray(x) ? x.map(copy) : copy(x);
    const result = kernel.kernelFunc({
      inputs: named as Record<string, TensorInfo>,
      attrs,
      backend: cpu as KernelBackend,
    });
    const outputs = [result].flat().map(({ dataId, shape, dtype }) => {
      const values = cpu.readSync(dataId) as BackendValues;
      return { dataId: owner.write(values, shape, dtype), shape, dtype };
    });
    for (const { dataId } of [...copies.values(), ...[result].flat()]) cpu.disposeData(dataId, true);
    return Array.isArray(result) ? outputs : outputs[0]!;
  }

  dispose(): void {
    this.backend?.dispose();
    this.backend = null;
  }
}

/** The cpu backend stores complex numbers as two tensors, but reads them interleaved. */
function upload(cpu: MathBackendCPU, values: BackendValues, { shape, dtype }: TensorInfo): object {
  if (dtype !== 'complex64') return cpu.write(values, shape, dtype);
  const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
  const data = cpu.makeTensorInfo(shape, 'complex64');
  cpu.data.get(data.dataId)!.complexTensorInfos = {
    real: cpu.makeTensorInfo(shape, 'float32', real),
    imag: cpu.makeTensorInfo(shape, 'float32', imag),
  };
  return data.dataId;
}

function createCpuBackend(): MathBackendCPU {
  const cpu = new MathBackendCPU();
  // Suppresses its advice to install tfjs-node.
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return cpu;
}

/** Creates the error for a CPU kernel that is needed while fallback is forbidden. */
export function fallbackError(name: string, inputs: KernelInputs, attrs: Attrs): Error {
  const shapes = Object.entries(inputs).map(([key, x]) => (x ? `${key} ${x.dtype} [${x.shape}]` : `${key} none`));
  return new Error(
    `Kernel '${name}' is not lowered by the ort backend for ${shapes.join(', ') || 'no inputs'} ` +
      `(attributes ${JSON.stringify(attrs)}), and CPU fallback is forbidden here. ` +
      `Set forbidFallback = false on the backend to run it with the CPU kernel.`,
  );
}
