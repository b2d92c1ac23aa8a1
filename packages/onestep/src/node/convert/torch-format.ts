import { safetensorsToTorch } from '@onestep/checkpoint';
import { writeTorchFile } from '@onestep/checkpoint/node';
import { withoutPublishedRest } from '@onestep/edm';
import { openSource } from '../../files/open-source.js';
import { readWeights } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { bareWeights, countTensors, notesOn } from './written.js';

/**
 * A state dict for `torch.load`, with PyTorch's names: `load_state_dict(strict=True)` of the published class takes it. What a
 * published snapshot holds next to its network would not fit there, and is left out.
 */
export const torchFormat: OutputFormat = {
  ending: '.pth',
  about: 'a state dict for torch.load, whose names fit the published networks',
  matches: endsWith('.pth'),
  uses: ['settings', 'initSigma', 'bare'],
  async write({ path, dest, options }) {
    const read = readWeights(await openSource(path), options);
    const all = read.contents;
    const contents = options.bare === true ? bareWeights(all) : withoutPublishedRest(all);
    await writeTorchFile(dest, safetensorsToTorch(contents, path));
    const dropped = Object.keys(all.tensors).length - Object.keys(contents.tensors).length;
    const note = `left out, because they are not the network's: ${dropped} tensors; .safetensors keeps them`;
    return [await countTensors(dest, contents), ...(dropped === 0 ? [] : [note]), ...notesOn(read)];
  },
};
