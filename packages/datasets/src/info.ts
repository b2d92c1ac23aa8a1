import { openDataset } from './dataset.js';

/** A summary of a data set. */
export interface DatasetInfo {
  path: string;
  name: string;
  numImages: number;
  /** Side of the images in pixels. */
  resolution: number;
  channels: number;
  labelKind: 'none' | 'classes' | 'vectors';
  labelDim: number;
  /** Number of images of each class, by class; null unless the labels are classes. */
  classCounts: number[] | null;
}

/** Summarizes a data set without decoding its images. @throws if it cannot be opened */
export async function datasetInfo(path: string): Promise<DatasetInfo> {
  const dataset = await openDataset(path, { useLabels: 'if-present', cacheBytes: 0 });
  try {
    const { name, length: numImages, resolution, channels, labelKind, labelDim } = dataset;
    let classCounts: number[] | null = null;
    if (labelKind === 'classes') {
      classCounts = new Array<number>(labelDim).fill(0);
      for (let i = 0; i < numImages; i++) classCounts[dataset.classAt(i)!]! += 1;
    }
    return { path, name, numImages, resolution, channels, labelKind, labelDim, classCounts };
  } finally {
    dataset.close();
  }
}
