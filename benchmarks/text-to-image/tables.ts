import type { AttributeCounts } from '@onestep/datasets';
import { wilsonInterval } from '@onestep/metrics';
import type { Cell } from './cells.js';

type Attribute = keyof AttributeCounts;

/** Guidance against FID and accuracy, both directions of the trade, the teacher next to the students. */
export function qualityTable(cells: readonly Cell[]): string {
  return markdown(
    ['', 'network calls', 'guidance', 'FID', 'precision', 'recall', 'all right, seen', 'all right, held out'],
    cells.map(({ name, calls, scale, quality, attributes: { seen, heldOut } }) => [
      name,
      String(calls),
      scale === null ? '' : String(scale),
      quality.fid.toPrecision(3),
      quality.precision.toFixed(3),
      quality.recall.toFixed(3),
      shareWithInterval(seen.all),
      shareWithInterval(heldOut.all),
    ]),
  );
}

/** What of the captions is right, in percent: with seen combinations, and with held-out ones. */
export function attributeTable(cells: readonly Cell[]): string {
  const shown: [Attribute, string][] = [
    ['count', 'number'],
    ['ground', 'ground'],
    ['shape', 'shape'],
    ['color', 'color'],
    ['size', 'size'],
    ['place', 'place'],
    ['relation', 'relation'],
    ['binding', 'shape with color'],
    ['pair', 'of two things'],
    ['exchanged', 'exchanged'],
  ];
  return markdown(
    ['', 'network calls', 'guidance', ...shown.map(([, title]) => title)],
    cells.map(({ name, calls, scale, attributes: { seen, heldOut } }) => [
      name,
      String(calls),
      scale === null ? '' : String(scale),
      ...shown.map(([attribute]) => `${share(seen[attribute])} / ${share(heldOut[attribute])}`),
    ]),
  );
}

function share({ right, stated }: AttributeCounts['all']): string {
  return stated === 0 ? '–' : ((100 * right) / stated).toFixed(0);
}

/** `93.1 % (91.0–94.7)`. */
function shareWithInterval({ right, stated }: AttributeCounts['all']): string {
  if (stated === 0) return '–';
  const [low, high] = wilsonInterval(right, stated).map((value) => (100 * value).toFixed(1));
  return `${((100 * right) / stated).toFixed(1)} % (${low}–${high})`;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
