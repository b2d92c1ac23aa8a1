import stringWidth from 'string-width';

/** Columns of an output that does not say its own. */
const COLUMNS = 80;
/** Between them, texts are broken for the output. */
const [NARROW, WIDE] = [40, 80];

/** Columns of a terminal; of a file or a pipe what the variable COLUMNS says, or 80. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  if (stream.columns > 0) return stream.columns;
  const said = Number(process.env.COLUMNS);
  return Number.isInteger(said) && said > 0 ? said : COLUMNS;
}

/** Columns for texts of several lines on standard output: 80, or as many as there are in a narrower terminal. */
export function textColumns(): number {
  return Math.min(WIDE, Math.max(NARROW, columnsOf(process.stdout)));
}

/** Columns that a text takes in a terminal: two for a wide character, none for an accent of its own. */
export function textWidth(text: string): number {
  return stringWidth(text);
}

/** A text with spaces after it, or before it, up to a width. */
export function padText(text: string, columns: number, side: 'after' | 'before' = 'after'): string {
  const spaces = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return side === 'after' ? text + spaces : spaces + text;
}

/** A text of at most `columns`: the end of a longer one is left out. */
export function cutText(text: string, columns: number): string {
  return textWidth(text) <= columns ? text : fitting(characters(text), columns).join('');
}

/** A text of at most `columns`: of a longer one, the middle is left out. */
export function shortenText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const all = characters(text);
  const end = Math.floor((columns - 1) / 2);
  const last = fitting(all.toReversed(), end).toReversed();
  return `${fitting(all, columns - 1 - end).join('')}…${last.join('')}`;
}

/** Breaks a text between words. A word that is longer than a line, such as a path, is broken too. */
export function wrapText(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? [])) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (textWidth(line) + 1 + textWidth(word) <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** A name from outside, which may hold what a terminal takes for a command: control characters are replaced. */
export function printable(name: string): string {
  return name.replace(/\p{Cc}/gu, '\u{fffd}');
}

/** What is seen as one character each, also where it is several code points. */
function characters(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** The first characters that fit. */
function fitting(all: readonly string[], columns: number): string[] {
  let left = columns;
  const end = all.findIndex((each) => (left -= textWidth(each)) < 0);
  return all.slice(0, end === -1 ? undefined : end);
}
