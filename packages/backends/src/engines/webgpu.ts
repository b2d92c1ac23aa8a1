import { BackendError } from '../backend-error.js';
import type { StartedBackend } from '../started-backend.js';
import { useSoftwareVulkanDriver, VULKAN_REMEDY } from '../vulkan-driver.js';
import { registerFusedKernels } from './webgpu-kernels/register.js';
import { registerAccurateSine } from './webgpu-sine.js';

const INSTALL = 'npm install webgpu @tensorflow/tfjs-backend-webgpu@4.22.0';

/** The part of WebGPU's interface that is used here; Node's own types do not have it. */
interface Gpu {
  requestAdapter(): Promise<{ info: { device?: string; description?: string; vendor?: string } } | null>;
}

/** tfjs's WebGPU engine on Dawn, which the npm package `webgpu` brings to Node. */
export async function startWebgpu(): Promise<StartedBackend> {
  const driver = useSoftwareVulkanDriver();
  const gpu = await dawn();
  const adapter = await gpu.requestAdapter().catch((error: unknown) => {
    throw new BackendError(`The backend 'webgpu' found no adapter (${String(error)}). ${VULKAN_REMEDY}`);
  });
  if (adapter === null) throw new BackendError(`The backend 'webgpu' found no adapter. ${VULKAN_REMEDY}`);
  await imported('@tensorflow/tfjs-backend-webgpu', () => import('@tensorflow/tfjs-backend-webgpu'));
  registerAccurateSine();
  registerFusedKernels();
  const { device, description, vendor } = adapter.info;
  const name = [device, description, vendor].find((text) => text) ?? 'an unnamed adapter';
  const runsOn = driver === null ? name : 'SwiftShader, a CPU';
  return { tfjsName: 'webgpu', description: `webgpu: tfjs-backend-webgpu on Dawn, ${runsOn}` };
}

/** Dawn's entry point, placed where tfjs and programs for browsers look for it. */
async function dawn(): Promise<Gpu> {
  const { create, globals } = await imported('webgpu', () => import('webgpu'));
  const present = (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
  if (present !== undefined) return present;
  Object.assign(globalThis, globals);
  const gpu = create([]) as Gpu;
  const navigator = { userAgent: 'Node.js', gpu };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true, writable: true });
  return gpu;
}

/** Imports an optional package. @throws BackendError saying how to install it, or why it cannot be loaded */
async function imported<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(name);
    const what = missing ? `needs the package ${name}` : `could not load the package ${name} (${message})`;
    throw new BackendError(`The backend 'webgpu' ${what}: ${INSTALL}. Or use the backend 'ort'.`, { cause: error });
  }
}
