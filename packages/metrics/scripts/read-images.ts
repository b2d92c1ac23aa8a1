import type { ImageDataset } from '@onestep/datasets';
import type { ImageBatch, LabelledImages } from '@onestep/metrics';

/** All images of a data set with their classes. */
export function readLabelled(dataset: ImageDataset): LabelledImages {
  const images = new Uint8Array(dataset.length * dataset.imageBytes);
  const labels = new Uint8Array(dataset.length);
  for (let i = 0; i < dataset.length; i++) {
    dataset.imageAt(i, images.subarray(i * dataset.imageBytes, (i + 1) * dataset.imageBytes));
    labels[i] = dataset.classAt(i)!;
  }
  return { images, labels };
}

/** The images from `start` to `end` in batches. */
export function* batches({ images, labels }: LabelledImages, start = 0, end = labels.length): Generator<ImageBatch> {
  const imageBytes = images.length / labels.length;
  const size = 1000;
  for (let at = start; at < end; at += size) {
    const count = Math.min(size, end - at);
    yield { images: images.subarray(at * imageBytes, (at + count) * imageBytes), count };
  }
}
