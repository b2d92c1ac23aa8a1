import { isTerminal } from './colors.js';
import { outputMode } from './output-mode.js';
import { columnsOf, cutText, textWidth } from './text-width.js';

const SEPARATOR = '  ';

/**
 * A line that is updated in place on a terminal. Elsewhere (a pipe, a log, a terminal without escape codes) only the lines of
 * {@link LiveLine.print} appear, so that logs stay readable.
 */
export class LiveLine {
  private readonly stream: NodeJS.WriteStream;
  private shown = false;

  /** @param stream left out, standard output, or standard error where the command prints JSON */
  constructor(stream: NodeJS.WriteStream = outputMode().isJson ? process.stderr : process.stdout) {
    this.stream = stream;
  }

  /** Replaces the line with `text`, made to fit the terminal's width. */
  update(text: string): void {
    if (!isTerminal(this.stream) || outputMode().isQuiet) return;
    this.stream.write(`\r${fitLine(text, columnsOf(this.stream) - 1)}\x1b[K`);
    this.shown = true;
  }

  /** Prints a permanent line above the live line. */
  print(text: string): void {
    this.clear();
    if (!outputMode().isQuiet) this.stream.write(`${text}\n`);
  }

  /** Removes the live line. */
  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}

/**
 * Shortens a line whose parts are separated by two spaces: leaves out parts before the last one, which is what one waits for
 * (`1:32 left`), and cuts what is too long even then.
 */
export function fitLine(text: string, width: number): string {
  const parts = text.split(SEPARATOR);
  while (parts.length > 2 && textWidth(parts.join(SEPARATOR)) > width) parts.splice(-2, 1);
  return cutText(parts.join(SEPARATOR), width);
}
