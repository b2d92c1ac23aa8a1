import { openDataset } from './dataset.js';

/** A summary of a data set. */
export interface DatasetInfo {
  path: string;
  /** The file's name without its ending. */
  name: string;
  numImages: number;
  /** Side of the images in pixels. */
  resolution: number;
  channels: number;
  labelKind: 'none' | 'classes' | 'vectors';
  /** Number of images with a caption. */
  numCaptions: number;
  /** Number of classes, or length of the vectors; 0 without labels. */
  labelDim: number;
  /** Number of images of each class, by class; null unless the labels are classes. */
  classCounts: number[] | null;
  /** One name per class; null if there are none. */
  classNames: readonly string[] | null;
}

/**
 * Summarizes a data set without decoding its images.
 *
 * @throws if it cannot be opened
 */
export async function datasetInfo(path: string): Promise<DatasetInfo> {
  const dataset = await openDataset(path, { useLabels: 'if-present', useCaptions: true, cacheBytes: 0 });
  try {
    const { name, length: numImages, resolution, channels, labelKind, labelDim, classNames } = dataset;
    let classCounts: number[] | null = null;
    if (labelKind === 'classes') {
      classCounts = new Array<number>(labelDim).fill(0);
      for (let i = 0; i < numImages; i++) classCounts[dataset.classAt(i)!]! += 1;
    }
    let numCaptions = 0;
    for (let i = 0; i < numImages; i++) if (dataset.captionAt(i) !== '') numCaptions += 1;
    return { path, name, numImages, resolution, channels, labelKind, numCaptions, labelDim, classCounts, classNames };
  } finally {
    dataset.close();
  }
}
