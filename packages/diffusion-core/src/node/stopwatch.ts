/** Measures the time between its laps. */
export class Stopwatch {
  private last = performance.now();

  /** Ends a lap. @returns its length in seconds */
  lap(): number {
    const now = performance.now();
    const seconds = (now - this.last) / 1000;
    this.last = now;
    return seconds;
  }
}
