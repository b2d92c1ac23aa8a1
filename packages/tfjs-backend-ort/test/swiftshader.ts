import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { requireProvider } from '../src/runtime/provider.js';

/** Chromium brings SwiftShader, a Vulkan driver that needs no GPU, and the Vulkan loader beside it. */
const CHROMIUM = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/usr/lib64/chromium-browser',
  '/opt/google/chrome',
];
const DRIVER = 'vk_swiftshader_icd.json';

/**
 * Makes WebGPU work in this process: with the Vulkan driver that VK_ICD_FILENAMES names, else with SwiftShader where
 * Chromium is installed, else with whatever the machine has.
 *
 * @returns why that is impossible, or null
 */
export function prepareWebgpu(): string | null {
  const driver = process.env.VK_ICD_FILENAMES ?? CHROMIUM.map((folder) => join(folder, DRIVER)).find(existsSync);
  if (driver) {
    process.env.VK_ICD_FILENAMES = driver;
    preload(join(dirname(driver), 'libvulkan.so.1'));
  }
  try {
    requireProvider('webgpu');
    return null;
  } catch (error) {
    return `${(error as Error).message} (Debian's package chromium-common brings a driver that needs no GPU.)`;
  }
}

/** Loads a library that others will look for by its bare name: LD_LIBRARY_PATH is read when a process starts only. */
function preload(library: string): void {
  if (!existsSync(library)) return;
  const KEEP_LOADED = 0x1000; // RTLD_NODELETE
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL | KEEP_LOADED);
  } catch {
    // It is no addon of Node's, which is what the error says. It stays loaded all the same.
  }
}
