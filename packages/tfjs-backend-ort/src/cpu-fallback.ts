import {
  backend_util,
  getKernel,
  type BackendValues,
  type KernelBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { OrtBackend } from './backend.js';
import type { Attrs } from './tensor-spec.js';

/** A kernel's named inputs, as tfjs passes them. */
export type CpuInputs = Record<string, TensorInfo | null | undefined>;

/** Runs tfjs-backend-cpu's kernels for whatever is not lowered: values are read back, computed in JavaScript and uploaded. */
export class CpuFallback {
  private backend: MathBackendCPU | null = null;

  run(name: string, inputs: CpuInputs, attrs: Attrs, owner: OrtBackend): TensorInfo | TensorInfo[] {
    const kernel = getKernel(name, 'cpu');
    const cpu = (this.backend ??= newCpu());
    const copies = new Map<TensorInfo, TensorInfo>();
    const copy = (x: TensorInfo): TensorInfo => {
      const { shape, dtype } = x;
      // Some kernels look at the rank, which tensors have.
      const made = copies.get(x) ?? {
        dataId: upload(cpu, owner.readSync(x.dataId), x),
        shape,
        dtype,
        rank: shape.length,
      };
      copies.set(x, made);
      return made;
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

/** The backend stores complex numbers as two tensors, whereas they are read interleaved. */
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

function newCpu(): MathBackendCPU {
  const cpu = new MathBackendCPU();
  // Its advice to install tfjs-node does not apply here.
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return cpu;
}

/** Why a CPU kernel may not run where that is forbidden. */
export function forbidden(name: string, inputs: CpuInputs, attrs: Attrs): Error {
  const shapes = Object.entries(inputs).map(([key, x]) => (x ? `${key} ${x.dtype} [${x.shape}]` : `${key} none`));
  return new Error(
    `Kernel '${name}' is not lowered by the ort backend for ${shapes.join(', ') || 'no inputs'} ` +
      `(attributes ${JSON.stringify(attrs)}), and CPU fallback is forbidden here. ` +
      `Set forbidFallback = false on the backend to run it with the CPU kernel.`,
  );
}
