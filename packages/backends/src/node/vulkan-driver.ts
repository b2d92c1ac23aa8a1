import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** Folders where Vulkan drivers register on Linux. */
const DRIVER_FOLDERS = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** Chromium ships SwiftShader, a Vulkan driver that needs no GPU, together with the Vulkan loader. */
const CHROMIUM = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
];
const SWIFTSHADER = 'vk_swiftshader_icd.json';

/** Advice for machines where WebGPU finds no adapter. */
export const VULKAN_REMEDY =
  'On Linux it needs a Vulkan driver: that of the GPU, or SwiftShader, which needs none ' +
  "(Debian's package chromium-common; elsewhere VK_ICD_FILENAMES=FOLDER/vk_swiftshader_icd.json).";

/**
 * Makes WebGPU work in this process on machines without a GPU: with the driver that VK_ICD_FILENAMES names, or with
 * Chromium's SwiftShader if no driver of a GPU is installed.
 *
 * @returns the file of the software driver, or null if none is used
 */
export function useSoftwareVulkanDriver(): string | null {
  if (process.platform !== 'linux') return null;
  const named = process.env.VK_ICD_FILENAMES;
  const driver = named ?? (hasGpuDriver() ? undefined : CHROMIUM.map((f) => join(f, SWIFTSHADER)).find(existsSync));
  if (!driver?.endsWith(SWIFTSHADER)) return null;
  process.env.VK_ICD_FILENAMES = driver;
  preload(join(dirname(driver), 'libvulkan.so.1'));
  return driver;
}

/** Dawn and ONNX Runtime refuse Mesa's software driver (lavapipe), so it does not count. */
function hasGpuDriver(): boolean {
  const drivers = DRIVER_FOLDERS.filter(existsSync).flatMap((folder) => readdirSync(folder));
  return drivers.some((file) => file.endsWith('.json') && !/^lvp|swiftshader/.test(file));
}

/** Loads a library that others will look up by its bare name. (LD_LIBRARY_PATH is read only when a process starts.) */
function preload(library: string): void {
  if (!existsSync(library)) return;
  const KEEP_LOADED = 0x1000; // RTLD_NODELETE
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | KEEP_LOADED);
  } catch {
    // The error says that it is not a Node addon. The library stays loaded.
  }
}
