import { MEASURED, type CaptionAccuracy } from '@onestep/datasets';

const MEANING: Record<(typeof MEASURED)[number], string> = {
  all: 'everything',
  count: 'number of things',
  ground: 'ground',
  relation: 'relation',
  binding: 'shape with color',
  shape: 'shape',
  color: 'color',
  size: 'size',
  place: 'place',
};

/** A table of how often what captions say is right, as shares of how often they say it. */
export function describeAccuracy(path: string, found: CaptionAccuracy): string[] {
  const { numImages, numWithoutCaption, unknownWords, ...counts } = found;
  const columns = (['seen', 'heldOut'] as const).filter((name) => counts[name].all.stated > 0);
  const cell = (name: (typeof MEASURED)[number], column: (typeof columns)[number]) => {
    const { right, stated } = counts[column][name];
    return (stated === 0 ? '-' : `${((100 * right) / stated).toFixed(1)} % of ${stated}`).padStart(18);
  };
  const titles = { seen: 'seen', heldOut: 'held out' };
  return [
    `${path}: ${numImages} pictures with captions`,
    `${'right'.padEnd(18)}${columns.map((column) => titles[column].padStart(18)).join('')}`,
    ...MEASURED.map((name) => `${MEANING[name].padEnd(18)}${columns.map((column) => cell(name, column)).join('')}`),
    ...(numWithoutCaption === 0 ? [] : [`pictures without a caption: ${numWithoutCaption}`]),
    ...(unknownWords.length === 0 ? [] : [`words that are not understood: ${unknownWords.join(', ')}`]),
  ];
}
