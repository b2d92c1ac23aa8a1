import { formatDuration } from './format.js';
import { LiveLine } from './live-line.js';

const MIN_INTERVAL_MS = 100;

/** A counting line with a rate and the time left, for work of a known length. */
export class Progress {
  private readonly line = new LiveLine(process.stderr);
  private readonly started = performance.now();
  private readonly unit: string;
  private shownAt = 0;

  constructor(unit: string) {
    this.unit = unit;
  }

  update(done: number, total: number): void {
    const now = performance.now();
    if (now - this.shownAt < MIN_INTERVAL_MS && done < total) return;
    this.shownAt = now;
    const seconds = (now - this.started) / 1000;
    const left = done > 0 ? formatDuration((seconds / done) * (total - done)) : '?';
    const rate = seconds > 0 ? (done / seconds).toFixed(done / seconds < 10 ? 1 : 0) : '?';
    this.line.update(`${done}/${total} ${this.unit}  ${rate} ${this.unit}/s  ${left} left`);
  }

  end(): void {
    this.line.clear();
  }
}
