import type { ListedEngine } from '@onestep/backends/install';

const WIDTH = 80;
/** Columns: the name, whether it starts, what it is and what was found. */
const INDENT = 20;

/** The engines as a table of at most 80 columns. */
export function engineTable(engines: readonly ListedEngine[]): string {
  const rows = engines.map(({ name, about, ...probe }) => {
    const found = probe.starts ? probe.description.replace(/^[^:]+: /, '') : probe.problem;
    const lines = [about, found].flatMap((text) => wrap(text, WIDTH - INDENT));
    const head = `${name.padEnd(12)}${(probe.starts ? 'yes' : 'no').padEnd(INDENT - 12)}`;
    return lines.map((line, i) => `${i === 0 ? head : ' '.repeat(INDENT)}${line}`).join('\n');
  });
  return [`${'engine'.padEnd(12)}${'starts'.padEnd(INDENT - 12)}what it is, and what was found`, ...rows].join('\n');
}

/** Breaks a text between words. A word that is longer than a line, such as a path, is broken too. */
export function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${width}}`, 'g')) ?? [])) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
