import { BackendError } from '../backend-error.js';
import { startCpu } from '../engines/cpu.js';
import { startWasm } from '../engines/wasm.js';
import { isSoftware, requireAdapter, startWebgpu } from '../engines/webgpu.js';
import type { BackendOptions, StartedBackend } from '../started-backend.js';
import { findBrowserWebgpu } from './webgpu.js';

/**
 * Starts WebGPU if there is a GPU, else WebAssembly, else plain JavaScript. An adapter that computes on the CPU is skipped,
 * because WebAssembly does that faster.
 */
export async function startAuto(options: BackendOptions): Promise<StartedBackend> {
  const failures: string[] = [];
  const attempts = [
    async () => {
      const host = findBrowserWebgpu();
      if (isSoftware(await requireAdapter(host))) throw new BackendError('WebGPU has only an adapter on the CPU');
      return startWebgpu(host);
    },
    () => startWasm(options),
  ];
  for (const attempt of attempts) {
    try {
      const { tfjsName, description } = await attempt();
      return { tfjsName, description: `${description} (auto: ${failures[0] ?? 'WebGPU has an adapter'})` };
    } catch (error) {
      if (!(error instanceof BackendError)) throw error;
      failures.push(error.message);
    }
  }
  const { tfjsName, description } = await startCpu();
  return { tfjsName, description: `${description} (auto: ${failures.join(' ')})` };
}
