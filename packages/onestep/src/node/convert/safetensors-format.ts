import { fileSource, writeSafetensors } from '@onestep/checkpoint/node';
import { readCheckpoint } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { countTensors } from './written.js';

/** Everything in the file, with its settings as metadata. */
export const safetensorsFormat: OutputFormat = {
  ending: '.safetensors',
  about: 'all tensors of the file, settings in the metadata',
  matches: endsWith('.safetensors'),
  uses: [],
  async write({ path, dest }) {
    const contents = readCheckpoint(fileSource(path));
    await writeSafetensors(dest, contents);
    return [await countTensors(dest, contents)];
  },
};
