import { plainTable } from '../reports/plain-table.js';
import { formatBytes, formatNumber } from '../terminal/format.js';
import { printable, shortenText, textWidth } from '../terminal/text-width.js';
import type { RunDescription } from './describe-run.js';

/** Room for a name, at least. */
const SHORTEST = 12;

/** Renders runs as a table of at most `columns`: of a name that is too long, the middle is left out. */
export function runsTable(runs: readonly RunDescription[], columns: number): string {
  const head = ['run', 'what', 'kimg', 'FID', 'state', 'size'];
  const rows = runs.map(({ name, what, kimg, totalKimg, fid, state, bytes }) => [
    printable(name),
    printable(what),
    kimg === null ? '-' : `${formatKimg(kimg)}${totalKimg === null ? '' : ` of ${formatKimg(totalKimg)}`}`,
    fid === null ? '-' : formatNumber(fid.value),
    state,
    formatBytes(bytes),
  ]);
  const others = [head, ...rows].map((row) => row.slice(1));
  const taken = head.slice(1).reduce((sum, _, i) => sum + 2 + Math.max(...others.map((row) => textWidth(row[i]!))), 0);
  const room = Math.max(SHORTEST, columns - taken);
  return plainTable({ head, rows: rows.map(([name, ...rest]) => [shortenText(name!, room), ...rest]) });
}

const formatKimg = (kimg: number): string => String(Number(kimg.toPrecision(4)));
