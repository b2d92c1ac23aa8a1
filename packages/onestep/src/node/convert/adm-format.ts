import { writeTorchFile } from '@onestep/checkpoint/node';
import { safetensorsToTorch } from '@onestep/checkpoint';
import { writeAdm } from '@onestep/ddpm';
import { openNetworkSnapshot } from './open-network-snapshot.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { countTensors, noteOnRole } from './written.js';

/** The weights of a network of another project under the names of EDM's ADM. */
export const admFormat: OutputFormat = {
  ending: '.edm.pth',
  about:
    "a state dict with the names of EDM's ADM network, of a network of guided-diffusion, consistency_models or diffusers",
  matches: endsWith('.edm.pth'),
  uses: ['settings', 'initSigma'],
  async write({ path, dest, options }) {
    const { snapshot, note: assumed } = await openNetworkSnapshot(path, options);
    const { tensors, note } = writeAdm(snapshot, path);
    await writeTorchFile(dest, safetensorsToTorch({ tensors, metadata: {} }, path));
    return [
      await countTensors(dest, { tensors }),
      ...[note, noteOnRole(snapshot, path), assumed].filter((line) => line !== null),
    ];
  },
};
