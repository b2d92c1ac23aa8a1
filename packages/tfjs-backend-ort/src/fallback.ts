import { getKernel, type BackendValues, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { CpuInputs, OrtBackend } from './backend.js';
import type { Attrs } from './kernels/kernel.js';

/** Runs tfjs-backend-cpu's kernels for whatever is not lowered: values are read back, computed in JavaScript and uploaded. */
export class CpuFallback {
  private backend: MathBackendCPU | null = null;

  run(name: string, inputs: CpuInputs, attrs: Attrs, owner: OrtBackend): TensorInfo | TensorInfo[] {
    const kernel = getKernel(name, 'cpu');
    const cpu = (this.backend ??= newCpu());
    const copies = new Map<TensorInfo, TensorInfo>();
    const copy = (x: TensorInfo): TensorInfo => {
      if (x.dtype === 'complex64')
        throw new Error(`${name}: the ort backend has no complex64 tensors (shape [${x.shape}]).`);
      const { shape, dtype } = x;
      // Some kernels look at the rank, which tensors have.
      const made = copies.get(x) ?? {
        dataId: cpu.write(owner.readSync(x.dataId), shape, dtype),
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

function newCpu(): MathBackendCPU {
  const cpu = new MathBackendCPU();
  // Its advice to install tfjs-node does not apply here.
  (cpu as unknown as { firstUse: boolean }).firstUse = false;
  return cpu;
}
