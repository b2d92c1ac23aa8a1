import type { ConvertResult } from '@onestep/datasets';

/** A line about a data set that was made. */
export function describeMade({ path, numImages, resolution, channels, ...made }: ConvertResult): string {
  const { numClasses, classNames, numCaptions } = made;
  const classes = `${numClasses} ${classNames === null ? '' : 'named '}classes`;
  const captions = numCaptions === 0 ? '' : `, ${numCaptions} captions`;
  return `${path}: ${numImages} images ${resolution}x${resolution}x${channels}, ${classes}${captions}`;
}
