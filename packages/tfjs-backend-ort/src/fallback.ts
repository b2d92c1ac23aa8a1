import { getKernel, type BackendValues, type KernelBackend, type TensorInfo } from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { CpuInputs, OrtBackend } from './backend.js';
import type { Attrs } from './kernels/kernel.js';

/** Runs tfjs-backend-cpu's kernels for whatever is not lowered: values are read back, computed in JavaScript and uploaded. */
export class CpuFallback {
  private backend: MathBackendCPU | null = null;

  run(name: string, inputs: CpuInputs, attrs: Attrs, owner: OrtBackend): TensorInfo | TensorInfo[] {
    const kernel = getKernel(name, 'cpu');
    const infos = Object.values(inputs).filter((x): x is TensorInfo => x != null);
    const complex = infos.find((x) => x.dtype === 'complex64');
    if (complex) throw new Error(`${name}: the ort backend has no complex64 tensors (shape [${complex.shape}]).`);
    const cpu = (this.backend ??= newCpu());
    const copies = new Map<TensorInfo, TensorInfo>();
    const named = (Array.isArray(inputs) ? [] : {}) as CpuInputs;
    for (const [key, x] of Object.entries(inputs)) {
      if (x == null) continue;
      if (!copies.has(x)) copies.set(x, { ...x, dataId: cpu.write(owner.readSync(x.dataId), x.shape, x.dtype) });
      named[key] = copies.get(x)!;
    }
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
