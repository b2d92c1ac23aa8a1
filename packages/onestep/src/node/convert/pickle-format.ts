import { stat } from 'node:fs/promises';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { publishedPickle } from '@onestep/edm';
import { openSource } from '../../files/open-source.js';
import { readWeights } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';
import { notesOn } from './written.js';

/** A snapshot `{'ema': network}` that NVlabs/edm and SiD load, in their own folder. */
export const pickleFormat: OutputFormat = {
  ending: '.pkl',
  about: "a snapshot {'ema': network} that NVlabs/edm and SiD load",
  matches: endsWith('.pkl'),
  uses: ['settings'],
  async write({ path, dest, options }) {
    const read = readWeights(await openSource(path), options);
    await writeFileAtomically(dest, publishedPickle(read.contents, path));
    const { size } = await stat(dest);
    return [
      `${dest}: a snapshot for NVlabs/edm and SiD, which needs their training/networks.py, ${size} bytes`,
      ...notesOn(read),
    ];
  },
};
