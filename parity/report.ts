import { basename } from 'node:path';
import { beyondTolerance, type Comparison } from './check.js';

const WIDTH = 80;
const FILE_WIDTH = 31;
const ERROR_WIDTH = 7;
const TOLERANCE_WIDTH = 5;
const MARK_WIDTH = 4;
const QUANTITY_WIDTH = WIDTH - FILE_WIDTH - ERROR_WIDTH - TOLERANCE_WIDTH - MARK_WIDTH - 4;

/** Formats the head of the table. */
export function tableHead(): string {
  return row('file', 'quantity', 'error', 'limit', '');
}

/** Formats one line per quantity; similar ones within tolerance share a line with the largest error. */
export function tableRows(path: string, comparisons: readonly Comparison[]): string[] {
  const beyond = new Set(beyondTolerance(comparisons));
  const lines: string[] = [];
  const shown = new Set<string>();
  for (const comparison of comparisons) {
    const { group, tolerance } = comparison;
    if (group === undefined || beyond.has(comparison)) {
      lines.push(line(path, comparison.quantity, comparison, beyond.has(comparison)));
    } else if (!shown.has(group)) {
      shown.add(group);
      const members = comparisons.filter((other) => other.group === group && !beyond.has(other));
      const error = Math.max(...members.map((other) => other.error));
      lines.push(line(path, `${members.length} ${group}`, { error, tolerance }, false));
    }
  }
  return lines;
}

function line(
  path: string,
  quantity: string,
  { error, tolerance }: { error: number; tolerance: number },
  bad: boolean,
) {
  const name = basename(path).replace(/\.safetensors$/, '');
  const number = (value: number, digits: number) => (value === 0 ? '0' : value.toExponential(digits));
  return row(name, quantity, number(error, 1), number(tolerance, 0), bad ? 'FAIL' : 'ok');
}

function row(file: string, quantity: string, error: string, tolerance: string, mark: string): string {
  return [
    shorten(file, FILE_WIDTH).padEnd(FILE_WIDTH),
    shorten(quantity, QUANTITY_WIDTH).padEnd(QUANTITY_WIDTH),
    error.padStart(ERROR_WIDTH),
    tolerance.padStart(TOLERANCE_WIDTH),
    mark,
  ]
    .join(' ')
    .trimEnd();
}

/** Cuts the middle out of a text that is too long; names differ at both ends. */
function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 2) / 2);
  return `${text.slice(0, head)}..${text.slice(text.length - (width - 2 - head))}`;
}

/** Wraps a text to the width of the table. */
export function wrap(text: string, indent = ''): string {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(/\s+/)) {
    if (current !== '' && current.length + 1 + word.length > WIDTH - (lines.length > 0 ? indent.length : 0)) {
      lines.push(current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  lines.push(current);
  return lines.map((text, i) => (i === 0 ? text : indent + text)).join('\n');
}
