/** Tells the time between its laps. */
export class Stopwatch {
  private last = performance.now();

  /** Seconds since the lap before. */
  lap(): number {
    const now = performance.now();
    const seconds = (now - this.last) / 1000;
    this.last = now;
    return seconds;
  }
}
