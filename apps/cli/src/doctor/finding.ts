import { colorsOf } from '../terminal/colors.js';
import { textColumns, wrapText } from '../terminal/text-width.js';

/** What was found about one thing. */
export interface Finding {
  name: string;
  /** `note`: it works, and could be better. `fault`: something does not work here. */
  state: 'ok' | 'note' | 'fault';
  found: string;
  /** What to do; only where there is something to do. */
  advice?: string;
  /** What an engine said that does not start, all of it: for JSON. */
  problem?: string;
}

/** Columns of the names. */
const INDENT = 16;
const MARKS = { ok: '✓', note: '-', fault: '✗' };

/** Renders findings for standard output, in 80 columns or fewer, each with what to do about it. */
export function renderFindings(findings: readonly Finding[]): string {
  const pc = colorsOf(process.stdout);
  const width = textColumns() - INDENT;
  const colors = { ok: pc.green, note: pc.yellow, fault: pc.red };
  return findings
    .map(({ name, state, found, advice }) => {
      const lines = [found, ...(advice === undefined ? [] : [`→ ${advice}`])].flatMap((text) => wrapText(text, width));
      const head = `${colors[state](MARKS[state])} ${name.padEnd(INDENT - 2)}`;
      return lines.map((line, i) => `${i === 0 ? head : ' '.repeat(INDENT)}${line}`).join('\n');
    })
    .join('\n');
}
