import type { ListedEngine } from '@onestep/backends/install';
import type { Finding } from './finding.js';

/** Engines that may be missing, and how to get them. */
const ADVICE: Readonly<Record<string, string>> = {
  tensorflow: 'onestep engine install tensorflow (274 MB; --cuda for an NVIDIA GPU) prepares it.',
  'ort-cuda': 'With an NVIDIA GPU: onestep engine install ort-cuda.',
  'ort-webgpu': 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver.',
  webgpu: 'It needs a GPU driver, and the package webgpu.',
};

/** Engines of which none but the first is needed. */
export function examineEngines(engines: readonly ListedEngine[]): Finding[] {
  return engines.map(({ name, ...probe }) => {
    if (probe.starts) return { name, state: 'ok', found: probe.description.replace(/^[^:]+: /, '') };
    const isNeeded = name === 'ort';
    const advice = isNeeded ? 'Install the program again: npm install --global @onestep/cli' : ADVICE[name];
    return {
      name,
      state: isNeeded ? 'fault' : 'note',
      found: `Does not start. ${probe.problem}`,
      ...(advice && { advice }),
    };
  });
}
