import { cautionFewInGroups } from '@onestep/metrics';
import type { ConditionFigures, MeasuredConditions } from '../evaluation/measure-conditions.js';
import { formatNumber } from '../terminal/format.js';
import { formatShare } from './share.js';
import { markdownTable } from './table.js';

/** A table of the groups, with their means, and below it how they were measured. */
export function describeConditions({ figures, extractor, reference, images }: MeasuredConditions): string {
  const [all, ...groups] = figures as [ConditionFigures, ...ConditionFigures[]];
  const hasClasses = figures.some(({ recognized }) => recognized !== null);
  const head = ['', 'images', 'real images', 'FID', 'precision', 'recall', ...(hasClasses ? ['recognized'] : [])];
  const row = (each: ConditionFigures) => [
    each.name,
    String(each.numImages),
    String(each.numReals),
    ...[each.fid, each.precision, each.recall].map(describeNumber),
    ...(hasClasses ? [describeShare(each)] : []),
  ];
  const mean = ['mean of the groups', '', ''];
  for (const name of ['fid', 'precision', 'recall'] as const) mean.push(describeNumber(meanOf(groups, name)));
  return [
    markdownTable({ head, rows: [row(all), ...groups.map(row), hasClasses ? [...mean, ''] : mean] }),
    '',
    `detector ${extractor.name}${extractor.resizing === undefined ? '' : `, images resized: ${extractor.resizing}`}`,
    `each group of generated images against the same group of ${reference}; FID with covariances divided by N (fid_full), ` +
      'precision and recall by the third neighbor (pr3_full)',
    ...(hasClasses ? ['recognized: images whose class the detector sees, with the 95 % confidence interval'] : []),
    `images ${images}`,
  ].join('\n');
}

/** What the figures depend on, as JSON. */
export function conditionRecord({ figures, extractor, reference, images, remarks }: MeasuredConditions): object {
  const { name: detector, resizing = null, featureDim } = extractor;
  const caution = cautionFewInGroups(figures, featureDim);
  const all = caution === null ? remarks : [...remarks, caution];
  return { images, detector, resizing, reference, remarks: all, groups: figures };
}

/** Null where a group has no figure: the mean of fewer groups would not compare. */
function meanOf(groups: readonly ConditionFigures[], name: 'fid' | 'precision' | 'recall'): number | null {
  const values = groups.map((each) => each[name]);
  return values.includes(null) ? null : values.reduce<number>((sum, value) => sum + value!, 0) / values.length;
}

function describeNumber(value: number | null): string {
  return value === null ? '-' : formatNumber(value);
}

function describeShare({ recognized, numImages }: ConditionFigures): string {
  return recognized === null ? '-' : formatShare(recognized, numImages);
}
