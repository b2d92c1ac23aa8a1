import { formatDuration } from './format.js';
import { LiveLine } from './live-line.js';

const MIN_INTERVAL_MS = 100;

/**
 * Runs work of a known length with a progress line on standard error: a count, a rate and the time left. The line is
 * removed when the work ends, also by an error.
 *
 * @param unit name of what is counted, such as `images`
 */
export async function withProgress<T>(unit: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = new Progress(unit);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}

/** The progress line of {@link withProgress}. */
export class Progress {
  private readonly line = new LiveLine(process.stderr);
  private readonly started = performance.now();
  private readonly unit: string;
  private readonly what: string;
  private shownAt = 0;

  /** @param what starts the line; empty for nothing */
  constructor(unit: string, what = '') {
    this.unit = unit;
    this.what = what === '' ? '' : `${what}: `;
  }

  /** Updates the line, at most ten times per second. @param done may have a fraction */
  update(done: number, total: number): void {
    const now = performance.now();
    if (now - this.shownAt < MIN_INTERVAL_MS && done < total) return;
    this.shownAt = now;
    const seconds = (now - this.started) / 1000;
    const left = done > 0 ? formatDuration((seconds / done) * (total - done)) : '?';
    const rate = seconds > 0 ? (done / seconds).toFixed(done / seconds < 10 ? 1 : 0) : '?';
    this.line.update(`${this.what}${Math.floor(done)}/${total} ${this.unit}  ${rate} ${this.unit}/s  ${left} left`);
  }

  /** Prints a permanent line above the progress line. */
  note(text: string): void {
    this.line.print(text);
  }

  /** Removes the line. */
  end(): void {
    this.line.clear();
  }
}
