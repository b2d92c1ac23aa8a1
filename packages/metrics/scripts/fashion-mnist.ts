import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertDataset, openDataset, type ImageDataset } from '@onestep/datasets';
import type { ImageBatch } from '@onestep/metrics';
import type { LabeledImages } from '../src/classifier/train-classifier.js';

/** Reads Fashion-MNIST from the folder of its four idx.gz files, padded to 32x32. */
export async function readFashionMnist(folder: string): Promise<{ train: LabeledImages; test: LabeledImages }> {
  const temporary = await mkdtemp(join(tmpdir(), 'fashion-mnist-'));
  try {
    const read = async (part: string) => {
      const dest = join(temporary, `${part}.zip`);
      await convertDataset({ source: join(folder, `${part}-images-idx3-ubyte.gz`), dest });
      const dataset = await openDataset(dest, { useLabels: true });
      const images = readImages(dataset);
      dataset.close();
      return images;
    };
    return { train: await read('train'), test: await read('t10k') };
  } finally {
    await rm(temporary, { recursive: true });
  }
}

function readImages(dataset: ImageDataset): LabeledImages {
  const images = new Uint8Array(dataset.length * dataset.imageBytes);
  const labels = new Uint8Array(dataset.length);
  for (let i = 0; i < dataset.length; i++) {
    dataset.imageAt(i, images.subarray(i * dataset.imageBytes, (i + 1) * dataset.imageBytes));
    labels[i] = dataset.classAt(i)!;
  }
  return { images, labels };
}

/** Yields the images from `start` to `end` in batches. */
export function* batches({ images, labels }: LabeledImages, start = 0, end = labels.length): Generator<ImageBatch> {
  const imageBytes = images.length / labels.length;
  const size = 1000;
  for (let at = start; at < end; at += size) {
    const count = Math.min(size, end - at);
    yield { images: images.subarray(at * imageBytes, (at + count) * imageBytes), count };
  }
}
