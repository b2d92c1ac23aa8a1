/** Least time between two reports, in ms. */
const PAUSE = 3000;
/** Reports in all, the end among them. */
const PARTS = 4;

/** The progress of long work in words: each quarter at most, and none of work that is soon done. */
export class CoarseProgress {
  private part = 0;
  private saidAt: number;

  /**
   * @param say reports a progress. The end is left to whoever has the result
   * @param now the time, in ms
   */
  constructor(
    private readonly say: (done: number, total: number) => void,
    private readonly now = () => performance.now(),
  ) {
    this.saidAt = now();
  }

  advance(done: number, total: number): void {
    const part = Math.floor((PARTS * done) / total);
    if (part <= this.part || part >= PARTS || this.now() - this.saidAt < PAUSE) return;
    this.part = part;
    this.saidAt = this.now();
    this.say(done, total);
  }
}
