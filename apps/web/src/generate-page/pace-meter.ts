/** How often the figure changes, in ms. */
const INTERVAL = 500;
/** The pictures of this time are counted, in ms. */
const WINDOW = 1000;

/** Counts the pictures that are drawn in a second. */
export class PaceMeter {
  private times: number[] = [];
  private shown = 0;

  /** @param show the pictures that were drawn in the last second */
  constructor(private readonly show: (pictures: number) => void) {}

  restart(): void {
    this.times = [];
    this.shown = performance.now() + INTERVAL;
  }

  count(): void {
    const now = performance.now();
    this.times.push(now);
    this.times = this.times.filter((time) => now - time < WINDOW);
    if (now - this.shown < INTERVAL) return;
    this.shown = now;
    const [first] = this.times;
    // Gaps between pictures, so that a time that is not yet a second counts as what it is.
    this.show(Math.round(((this.times.length - 1) * 1000) / (now - first!)));
  }
}
