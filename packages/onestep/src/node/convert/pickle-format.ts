import { stat } from 'node:fs/promises';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { publishedPickle } from '@onestep/edm';
import { openSource } from '../../files/open-source.js';
import { openCheckpoint } from '../../files/read-checkpoint.js';
import { endsWith, type OutputFormat } from './output-format.js';

/** A snapshot `{'ema': network}` that NVlabs/edm and SiD load, in their own folder. */
export const pickleFormat: OutputFormat = {
  ending: '.pkl',
  about: "a snapshot {'ema': network} that NVlabs/edm and SiD load",
  matches: endsWith('.pkl'),
  uses: [],
  async write({ path, dest, settings }) {
    const { contents, note } = openCheckpoint(await openSource(path), settings);
    await writeFileAtomically(dest, publishedPickle(contents, path));
    const { size } = await stat(dest);
    return [
      `${dest}: a snapshot for NVlabs/edm and SiD, which needs their training/networks.py, ${size} bytes`,
      ...(note === null ? [] : [note]),
    ];
  },
};
