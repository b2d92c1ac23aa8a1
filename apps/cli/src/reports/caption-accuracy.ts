import { MEASURED, type AttributeCounts, type MeteredCaptions } from '@onestep/datasets';
import { plainTable } from './plain-table.js';
import { formatShare } from './share.js';

const MEANING: Record<(typeof MEASURED)[number], string> = {
  all: 'everything',
  count: 'number of things',
  ground: 'ground',
  relation: 'relation',
  binding: 'shape with color',
  pair: 'the same of two things',
  exchanged: 'their colors exchanged',
  shape: 'shape',
  color: 'color',
  size: 'size',
  place: 'place',
};

/**
 * A table of how often what captions say is right, as shares of how often they say it, each with its 95 % confidence interval.
 *
 * @param source where the pictures come from
 */
export function describeAccuracy(source: string, found: MeteredCaptions & { numWithoutCaption?: number }): string[] {
  const { numImages, numWithoutCaption = 0, unknownWords, ...counts } = found;
  const columns = (['seen', 'heldOut'] as const).filter((name) => counts[name].all.stated > 0);
  const titles = { seen: 'seen', heldOut: 'held out' };
  const table = plainTable({
    head: ['right', ...columns.map((column) => titles[column])],
    rows: MEASURED.map((name) => [MEANING[name], ...columns.map((column) => describeShare(counts[column][name]))]),
  });
  return [
    `${source}: ${numImages} pictures with captions`,
    ...table.split('\n'),
    ...(numWithoutCaption === 0 ? [] : [`pictures without a caption: ${numWithoutCaption}`]),
    ...(unknownWords.length === 0 ? [] : [`words that are not understood: ${unknownWords.join(', ')}`]),
  ];
}

/** `93.1 % (91.0 to 94.7) of 700`. */
function describeShare({ right, stated }: AttributeCounts['all']): string {
  return stated === 0 ? '-' : `${formatShare(right, stated)} of ${stated}`;
}
