import { plainTable } from '../reports/plain-table.js';
import { formatBytes, formatNumber } from '../terminal/format.js';
import type { RunDescription } from './describe-run.js';

const WIDTH = 80;
/** Room for a name, at least. */
const SHORTEST = 12;

/** Renders runs as a table of 80 columns: of a name that is too long, the middle is left out. */
export function runsTable(runs: readonly RunDescription[]): string {
  const head = ['run', 'what', 'kimg', 'FID', 'state', 'size'];
  const rows = runs.map(({ name, what, kimg, totalKimg, fid, state, bytes }) => [
    name,
    what,
    kimg === null ? '-' : `${formatKimg(kimg)}${totalKimg === null ? '' : ` of ${formatKimg(totalKimg)}`}`,
    fid === null ? '-' : formatNumber(fid.value),
    state,
    formatBytes(bytes),
  ]);
  const others = [head, ...rows].map((row) => row.slice(1));
  const taken = head.slice(1).reduce((sum, _, i) => sum + 2 + Math.max(...others.map((row) => row[i]!.length)), 0);
  const room = Math.max(SHORTEST, WIDTH - taken);
  return plainTable({ head, rows: rows.map(([name, ...rest]) => [shorten(name!, room), ...rest]) });
}

const formatKimg = (kimg: number): string => String(Number(kimg.toPrecision(4)));

function shorten(name: string, room: number): string {
  if (name.length <= room) return name;
  const end = Math.floor((room - 1) / 2);
  return `${name.slice(0, room - 1 - end)}…${name.slice(name.length - end)}`;
}
