import { writeSafetensors } from '@onestep/checkpoint/node';
import { openSource } from '../../files/open-source.js';
import { openCheckpoint } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { countTensors } from './written.js';

/** Everything in the file, with its settings as metadata. */
export const safetensorsFormat: OutputFormat = {
  ending: '.safetensors',
  about: 'all tensors of the file, settings in the metadata',
  matches: endsWith('.safetensors'),
  uses: [],
  async write({ path, dest, settings }) {
    const { contents, note } = openCheckpoint(await openSource(path), settings);
    await writeSafetensors(dest, contents);
    return [await countTensors(dest, contents), ...(note === null ? [] : [note])];
  },
};
