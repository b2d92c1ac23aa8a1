import { registerWebgpuKernels } from '@onestep/tfjs-kernels';
import { BackendError } from '../backend-error.js';
import { importOptional } from '../optional-package.js';
import { activate, type StartedBackend } from '../started-backend.js';

/** What WebGPU reports about an adapter. */
export interface AdapterInfo {
  device?: string;
  description?: string;
  vendor?: string;
  architecture?: string;
  isFallbackAdapter?: boolean;
}

/** The part of WebGPU's interface that is used here. Node's own types do not include it. */
export interface Gpu {
  requestAdapter(): Promise<{ info: AdapterInfo; isFallbackAdapter?: boolean } | null>;
}

/** A source of WebGPU. */
export interface WebgpuHost {
  gpu: Gpu;
  /** Its name in the description: "Dawn", "the browser". */
  provider: string;
  /** Advice for machines without an adapter. */
  remedy: string;
}

/**
 * Requests the adapter that WebGPU offers.
 *
 * @throws BackendError if there is none
 */
export async function requireAdapter({ gpu, remedy }: WebgpuHost): Promise<AdapterInfo> {
  const adapter = await gpu.requestAdapter().catch((error: unknown) => {
    throw new BackendError(`The backend 'webgpu' found no adapter (${String(error)}). ${remedy}`);
  });
  if (adapter === null) throw new BackendError(`The backend 'webgpu' found no adapter. ${remedy}`);
  const { device, description, vendor, architecture, isFallbackAdapter } = adapter.info;
  return {
    device,
    description,
    vendor,
    architecture,
    isFallbackAdapter: isFallbackAdapter ?? adapter.isFallbackAdapter,
  };
}

/** Whether an adapter computes on the CPU: correct, but slow. */
export function isSoftware({ device, description, vendor, architecture, isFallbackAdapter }: AdapterInfo): boolean {
  return isFallbackAdapter === true || /swiftshader/i.test(`${device} ${description} ${vendor} ${architecture}`);
}

/**
 * Starts tfjs's WebGPU engine.
 *
 * @throws BackendError if there is no adapter, or a package is missing
 */
export async function startWebgpu(host: WebgpuHost): Promise<StartedBackend> {
  const info = await requireAdapter(host);
  const remedy = `npm install @tensorflow/tfjs-backend-webgpu@4.22.0. Or use another backend.`;
  await importOptional(
    { backend: 'webgpu', name: '@tensorflow/tfjs-backend-webgpu', remedy },
    () => import('@tensorflow/tfjs-backend-webgpu'),
  );
  registerWebgpuKernels();
  await activate('webgpu', host.remedy);
  const { device, description, vendor, architecture } = info;
  const name = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'an adapter without a name';
  const runsOn = isSoftware(info) ? 'SwiftShader, a CPU' : name;
  return { tfjsName: 'webgpu', description: `webgpu: tfjs-backend-webgpu on ${host.provider}, ${runsOn}` };
}
