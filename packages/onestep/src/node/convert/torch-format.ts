import { safetensorsToTorch } from '@onestep/checkpoint';
import { writeTorchFile } from '@onestep/checkpoint/node';
import { withoutPublishedRest } from '@onestep/edm';
import { openSource } from '../../files/open-source.js';
import { openCheckpoint } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { countTensors } from './written.js';

/**
 * A state dict for `torch.load`, with PyTorch's names: `load_state_dict(strict=True)` of the published class takes it. What a
 * published snapshot holds next to its network would not fit there, and is left out.
 */
export const torchFormat: OutputFormat = {
  ending: '.pth',
  about: 'a state dict for torch.load, whose names fit the published networks',
  matches: endsWith('.pth'),
  uses: [],
  async write({ path, dest, settings }) {
    const { contents: all, note: assumed } = openCheckpoint(await openSource(path), settings);
    const contents = withoutPublishedRest(all);
    await writeTorchFile(dest, safetensorsToTorch(contents, path));
    const dropped = Object.keys(all.tensors).length - Object.keys(contents.tensors).length;
    const note = `left out, because they are not the network's: ${dropped} tensors; .safetensors keeps them`;
    return [
      await countTensors(dest, contents),
      ...(dropped === 0 ? [] : [note]),
      ...(assumed === null ? [] : [assumed]),
    ];
  },
};
