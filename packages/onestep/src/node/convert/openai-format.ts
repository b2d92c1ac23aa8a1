import { writeFileAtomically, writeTorchFile } from '@onestep/checkpoint/node';
import { safetensorsToTorch } from '@onestep/checkpoint';
import { writeOpenAi } from '@onestep/ddpm';
import { openNetworkSnapshot } from './open-network-snapshot.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { countTensors, noteOnRole } from './written.js';

/** A state dict of guided-diffusion or consistency_models, and its settings next to it. */
export const openAiFormat: OutputFormat = {
  ending: '.pt',
  about:
    'a state dict of guided-diffusion (networks of DDPMs) or consistency_models, with its settings in a .json file next to it',
  matches: endsWith('.pt'),
  uses: ['settings', 'initSigma'],
  async write({ path, dest, options }) {
    const { snapshot, note: assumed } = await openNetworkSnapshot(path, options);
    const { project, tensors, settings, note } = writeOpenAi(snapshot, path);
    const role = isFunction(settings) ? null : noteOnRole(snapshot, path);
    const beside = dest.replace(/\.pt$/i, '.json');
    await writeTorchFile(dest, safetensorsToTorch({ tensors, metadata: {} }, path));
    await writeFileAtomically(beside, `${JSON.stringify(settings, null, 2)}\n`);
    return [
      `${await countTensors(dest, { tensors })}, for ${project}; its settings are in ${beside}`,
      ...[note, role, assumed].filter((line) => line !== null),
    ];
  },
};

/** Whether the settings say that it is a consistency function. */
function isFunction({ training_mode: mode }: Readonly<Record<string, unknown>>): boolean {
  return /^consistency/.test(String(mode));
}
