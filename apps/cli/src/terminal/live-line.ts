/**
 * A line that is updated in place on a terminal. Elsewhere (a pipe, a log) only the lines of {@link LiveLine.print}
 * appear, so that logs stay readable.
 */
export class LiveLine {
  private readonly stream: NodeJS.WriteStream;
  private shown = false;

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.stream = stream;
  }

  /** Replaces the line with `text`, cut to the terminal's width. */
  update(text: string): void {
    if (!this.stream.isTTY) return;
    const width = Math.max(20, (this.stream.columns || 80) - 1);
    this.stream.write(`\r${text.slice(0, width)}\x1b[K`);
    this.shown = true;
  }

  /** Prints a permanent line above the live line. */
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
