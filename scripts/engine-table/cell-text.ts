import { holds, isMeasured, type Cell, type EmptyCell, type Largest } from './cell.js';

/** A cell of the overview. */
export function shortText(cell: Cell | EmptyCell | undefined): string {
  if (!isMeasured(cell)) return '';
  const { done, of, beyond, failures } = cell;
  if (of === 0) return 'none';
  const parts = [
    done < of ? `${done} of ${of.toLocaleString('en-US')}` : '',
    largestByUnit(cell.largest).map(errorText).join(', '),
  ];
  const text = parts.filter((part) => part !== '').join(': ');
  return beyond + failures.length > 0 ? `**${text}**` : text;
}

/** What a cell compared: how many quantities in how many items. */
export function amountText({ done, of, unit, quantities }: Cell): string {
  const items = done < of ? `${done} of ${count(of, unit)}` : count(of, unit);
  return quantities === 0 ? items : `${quantities.toLocaleString('en-US')} in ${items}`;
}

/** The largest difference for each limit. */
export function differencesText({ largest }: Cell): string {
  const sorted = [...largest].sort((a, b) => a.tolerance - b.tolerance);
  return sorted.map((entry) => `${errorText(entry)} (${limitText(entry)})`).join(', ');
}

/** Why a cell is not whole: quantities beyond their limits, failures, the time limit. */
export function remarkText(cell: Cell): string {
  if (holds(cell)) return '';
  const { beyond, largest, failures, stopped } = cell;
  const worst = largest.filter(({ error, tolerance }) => error === null || error > tolerance);
  const first = worst.map(({ quantity }) => quantity).join('; ');
  const texts = [
    beyond > 0 ? `**${count(beyond, 'quantity')} beyond the limit**, the largest: ${first}` : '',
    ...failures.map(({ item, message }) => `**${item} fails**: ${message}`),
    stopped ?? '',
  ];
  return texts
    .filter((text) => text !== '')
    .join('. ')
    .replaceAll('|', '\\|');
}

/** The largest of all relative errors, and of each unit. */
function largestByUnit(largest: readonly Largest[]): Largest[] {
  const found = new Map<string, Largest>();
  for (const entry of largest) {
    const other = found.get(entry.unit ?? '');
    if (other === undefined || entry.error === null || (other.error !== null && entry.error > other.error)) {
      found.set(entry.unit ?? '', entry);
    }
  }
  return [...found.values()];
}

function errorText({ error, unit }: Largest): string {
  if (error === null) return 'not a number';
  if (unit === undefined) return error === 0 ? '0' : error.toExponential(1);
  return `${Number.isInteger(error) ? error : error.toFixed(1)} ${unit}`;
}

function limitText({ tolerance, unit }: Largest): string {
  return unit === undefined && tolerance !== 0 ? tolerance.toExponential(0) : String(tolerance);
}

/** `1 file`, `7 files`, `1,000 steps`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? noun : `${noun.replace(/y$/, 'ie')}s`}`;
}
