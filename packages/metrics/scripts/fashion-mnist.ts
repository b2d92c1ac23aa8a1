import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertDataset, openDataset } from '@onestep/datasets';
import type { LabelledImages } from '@onestep/metrics';
import { readLabelled } from './read-images.js';

/** Fashion-MNIST from the folder of its four idx.gz files, padded to 32x32. */
export async function readFashionMnist(folder: string): Promise<{ train: LabelledImages; test: LabelledImages }> {
  const temporary = await mkdtemp(join(tmpdir(), 'fashion-mnist-'));
  try {
    const read = async (part: string) => {
      const dest = join(temporary, `${part}.zip`);
      await convertDataset({ source: join(folder, `${part}-images-idx3-ubyte.gz`), dest });
      const dataset = await openDataset(dest, { useLabels: true });
      const images = readLabelled(dataset);
      dataset.close();
      return images;
    };
    return { train: await read('train'), test: await read('t10k') };
  } finally {
    await rm(temporary, { recursive: true });
  }
}
