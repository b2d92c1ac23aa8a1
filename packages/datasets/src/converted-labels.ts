import type { Label } from './sources/source.js';

/** The labels of a data set that is being made, as `dataset.json` has them. */
export class ConvertedLabels {
  private readonly pairs: [name: string, label: Label][] = [];
  private dim: number | null = null;
  /** Number of images without a label. */
  missing = 0;

  /**
   * @param name of the image in the data set
   * @param source names it in the message
   * @throws if the label is of another kind than those before it, or none that networks take
   */
  add(name: string, label: Label | null, source: string): void {
    if (label === null) {
      this.missing += 1;
      return;
    }
    const dim = typeof label === 'number' ? 0 : label.length;
    this.dim ??= dim;
    const wanted = this.dim === 0 ? 'a whole number from 0 on' : `a list of ${this.dim} numbers`;
    const valid = typeof label === 'number' ? Number.isSafeInteger(label) && label >= 0 : label.every(Number.isFinite);
    if (!valid || dim !== this.dim) {
      throw new Error(`${source}: its label is ${JSON.stringify(label)}; expected ${wanted}, as the others have.`);
    }
    this.pairs.push([name, label]);
  }

  /** Labels are used if every image has one. */
  get complete(): boolean {
    return this.missing === 0;
  }

  /** Number of classes (highest label + 1); 0 without labels, or where they are vectors. */
  get numClasses(): number {
    if (!this.complete || this.dim !== 0) return 0;
    return this.pairs.reduce((max, [, label]) => Math.max(max, label as number), -1) + 1;
  }

  json(): string {
    return JSON.stringify({ labels: this.complete ? this.pairs : null });
  }
}
