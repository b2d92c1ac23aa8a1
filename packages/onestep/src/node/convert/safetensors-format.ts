import { writeSafetensors } from '@onestep/checkpoint/node';
import { openSource } from '../../files/open-source.js';
import { readWeights } from '../../files/read-checkpoint.js';
import { halfPrecision } from './half-precision.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { bareWeights, countTensors, notesOn } from './written.js';

/** Everything in the file, with its settings as metadata. */
export const safetensorsFormat: OutputFormat = {
  ending: '.safetensors',
  about: 'all tensors of the file, settings in the metadata',
  matches: endsWith('.safetensors'),
  uses: ['settings', 'initSigma', 'bare', 'half'],
  async write({ path, dest, options }) {
    const read = readWeights(await openSource(path), options);
    const whole = options.bare === true ? bareWeights(read.contents) : read.contents;
    const contents = options.half === true ? { ...whole, tensors: halfPrecision(whole.tensors, path) } : whole;
    await writeSafetensors(dest, contents);
    return [await countTensors(dest, contents), ...notesOn(read)];
  },
};
