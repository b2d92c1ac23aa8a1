/**
 * One line that rewrites itself on a terminal. Elsewhere (a pipe, a log) only what is logged with
 * {@link LiveLine.print} appears, so that logs stay readable.
 */
export class LiveLine {
  private readonly stream: NodeJS.WriteStream;
  private shown = false;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.stream = stream;
  }

  /** Shows `text` in place of the last one, cut to the terminal's width. */
  update(text: string): void {
    if (!this.stream.isTTY) return;
    const width = Math.max(20, (this.stream.columns || 80) - 1);
    this.stream.write(`\r${text.slice(0, width)}\x1b[K`);
    this.shown = true;
  }

  /** Prints a line that stays, above the live one. */
  print(text: string): void {
    this.clear();
    this.stream.write(`${text}\n`);
  }

  /** Removes the live line. */
  clear(): void {
    if (this.shown) this.stream.write('\r\x1b[K');
    this.shown = false;
  }
}
