import type { Gpu, WebgpuHost } from '../engines/webgpu.js';
import { importOptional } from '../optional-package.js';
import { useSoftwareVulkanDriver, VULKAN_REMEDY } from './vulkan-driver.js';

const REMEDY = "npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0. Or use the backend 'ort'.";

/**
 * Loads WebGPU in Node: Dawn, from the npm package `webgpu`. It is installed as `navigator.gpu`, where tfjs and programs for
 * browsers look for it.
 *
 * @throws BackendError if the package is missing
 */
export async function openDawn(): Promise<WebgpuHost> {
  useSoftwareVulkanDriver();
  const { create, globals } = await importOptional(
    { backend: 'webgpu', name: 'webgpu', remedy: REMEDY },
    () => import('webgpu'),
  );
  const host = { provider: 'Dawn', remedy: VULKAN_REMEDY };
  const present = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (present !== undefined) return { gpu: present, ...host };
  Object.assign(globalThis, globals);
  const gpu = create([]) as Gpu;
  const navigator = { userAgent: 'Node.js', gpu };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  return { gpu, ...host };
}
