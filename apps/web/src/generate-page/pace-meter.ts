/** How often the figure changes, in ms. */
const INTERVAL = 500;
/** The pictures of this time are counted, in ms; of slower ones, the last two. */
const WINDOW = 1000;

/** Measures how many pictures are drawn in a second. */
export class PaceMeter {
  private times: number[] = [];
  private shown = 0;

  /** @param show the pictures a second, of the last second */
  constructor(private readonly show: (pace: number) => void) {}

  restart(): void {
    this.times = [];
    this.shown = performance.now();
  }

  count(): void {
    const now = performance.now();
    const { length } = this.times;
    this.times = [...this.times.filter((time, i) => now - time < WINDOW || i === length - 1), now];
    const gaps = this.times.length - 1;
    if (gaps === 0 || now - this.shown < INTERVAL) return;
    this.shown = now;
    this.show((gaps * 1000) / (now - this.times[0]!));
  }
}
