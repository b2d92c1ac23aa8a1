import { hasNvidiaDriver, type ListedEngine } from '@onestep/backends/install';
import type { Finding } from './finding.js';

/** Engines that may be missing, and how to get them. */
const ADVICE: Readonly<Record<string, string>> = {
  tensorflow: 'onestep engine install tensorflow (274 MB; --cuda for an NVIDIA GPU) prepares it.',
  'ort-cuda': 'onestep engine install ort-cuda (3.4 GB) prepares it for the NVIDIA GPU of this machine.',
  'ort-webgpu': 'It needs a GPU with a Vulkan, Metal or Direct3D 12 driver.',
  webgpu: 'It needs a GPU driver, and the package webgpu.',
};

/**
 * Says in a line or two which engines start, and how to get the others, of which none but `ort` is needed.
 *
 * @param hasGpu whether this machine has an NVIDIA GPU. Default: what is found
 */
export function examineEngines(engines: readonly ListedEngine[], hasGpu = hasNvidiaDriver()): Finding[] {
  return engines.map(({ name, ...probe }) => {
    if (probe.starts) return { name, state: 'ok', found: probe.description.replace(/^[^:]+: /, '') };
    const { problem } = probe;
    if (name === 'ort') {
      const advice = 'Install the program again: npm install --global @onestep/cli';
      return { name, state: 'fault', found: `Does not start. ${problem}`, advice, problem };
    }
    if (name === 'ort-cuda' && !hasGpu) return { name, state: 'note', found: 'No NVIDIA GPU was found.', problem };
    const advice = `${ADVICE[name] ?? ''} Why it does not: onestep engine list`.trim();
    return { name, state: 'note', found: 'Does not start; it is not needed.', advice, problem };
  });
}
