import type { ConvertResult } from '@onestep/datasets';

/** A line about a data set that was made. */
export function describeMade(made: ConvertResult): string {
  const { path, numImages, resolution, channels, numCaptions } = made;
  const conditions = [...describeLabels(made), ...(numCaptions === 0 ? [] : [`${numCaptions} captions`])];
  const what = conditions.length === 0 ? 'no labels' : conditions.join(', ');
  return `${path}: ${numImages} images ${resolution}x${resolution}x${channels}, ${what}`;
}

function describeLabels({ labelKind, labelDim, classNames }: ConvertResult): string[] {
  if (labelKind === 'none') return [];
  if (labelKind === 'vectors') return [`label vectors of ${labelDim} numbers`];
  return [`${labelDim} ${classNames === null ? '' : 'named '}classes`];
}
