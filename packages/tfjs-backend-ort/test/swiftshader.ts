import { useSoftwareVulkanDriver } from '../../backends/src/node/vulkan-driver.js';
import { requireProvider } from '../src/runtime/provider.js';

/**
 * Makes WebGPU work in this process if possible.
 *
 * @returns why it is impossible, or null
 */
export function prepareWebgpu(): string | null {
  useSoftwareVulkanDriver();
  try {
    requireProvider('webgpu');
    return null;
  } catch (error) {
    return `${(error as Error).message} (Debian's package chromium-common brings a driver that needs no GPU.)`;
  }
}
