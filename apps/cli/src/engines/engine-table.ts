import type { ListedEngine } from '@onestep/backends/install';
import { textColumns, wrapText } from '../terminal/text-width.js';

/** Columns: the name, whether it starts, what it is and what was found. */
const INDENT = 20;

/** The engines as a table of at most 80 columns. */
export function engineTable(engines: readonly ListedEngine[]): string {
  const width = textColumns() - INDENT;
  const rows = engines.map(({ name, about, ...probe }) => {
    const found = probe.starts ? probe.description.replace(/^[^:]+: /, '') : probe.problem;
    const lines = [about, found].flatMap((text) => wrapText(text, width));
    const head = `${name.padEnd(12)}${(probe.starts ? 'yes' : 'no').padEnd(INDENT - 12)}`;
    return lines.map((line, i) => `${i === 0 ? head : ' '.repeat(INDENT)}${line}`).join('\n');
  });
  return [`${'engine'.padEnd(12)}${'starts'.padEnd(INDENT - 12)}what it is, and what was found`, ...rows].join('\n');
}
