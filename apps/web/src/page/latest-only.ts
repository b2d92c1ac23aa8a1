/** Runs one task at a time. Of those that come while one runs, only the last is run: a slider asks for more than an engine can do. */
export class LatestOnly {
  private isBusy = false;
  private next: (() => Promise<void>) | null = null;

  async run(task: () => Promise<void>): Promise<void> {
    this.next = task;
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      while (this.next !== null) {
        const current: () => Promise<void> = this.next;
        this.next = null;
        await current();
      }
    } finally {
      this.isBusy = false;
    }
  }
}
