import type { Label } from '../sources/source.js';

/** The labels of a collection of images. */
export interface LabelSummary {
  /** `mixed` is an error of the source: classes and vectors, or vectors of several lengths. */
  labelKind: 'none' | 'classes' | 'vectors' | 'mixed';
  /** Number of classes, or length of the vectors; 0 without labels. */
  labelDim: number;
  /** Number of images of each class, by class; null unless the labels are classes. */
  classCounts: number[] | null;
  /** One name per class; null if there are none. */
  classNames: readonly string[] | null;
  /** Images without a label, if others have one. */
  numUnlabeled: number;
  /** The first of these; null for none. */
  firstUnlabeled: string | null;
}

/** No data set has more classes. */
const MAX_CLASSES = 100_000;

/** Counts labels. */
export class LabelCounts {
  private readonly classes = new Map<number, number>();
  private readonly lengths = new Set<number>();
  private missing = 0;
  private firstMissing: string | null = null;

  add(label: Label | null, name: string): void {
    if (label === null) {
      this.missing += 1;
      this.firstMissing ??= name;
    } else if (typeof label === 'number') this.classes.set(label, (this.classes.get(label) ?? 0) + 1);
    else this.lengths.add(label.length);
  }

  /** @param classNames names of the classes that the source has; null for none */
  summary(classNames: readonly string[] | null): LabelSummary {
    const [hasClasses, hasVectors] = [this.classes.size > 0, this.lengths.size > 0];
    const isMixed = (hasClasses && hasVectors) || this.lengths.size > 1;
    const labelKind = isMixed ? 'mixed' : hasClasses ? 'classes' : hasVectors ? 'vectors' : 'none';
    const highest = Math.max(-1, ...this.classes.keys());
    const isCountable = labelKind === 'classes' && highest < MAX_CLASSES;
    const classCounts = isCountable
      ? Array.from({ length: highest + 1 }, (_, label) => this.classes.get(label) ?? 0)
      : null;
    return {
      labelKind,
      labelDim: labelKind === 'classes' ? highest + 1 : labelKind === 'vectors' ? [...this.lengths][0]! : 0,
      classCounts,
      classNames: classCounts === null ? null : (classNames?.slice(0, classCounts.length) ?? null),
      numUnlabeled: labelKind === 'none' ? 0 : this.missing,
      firstUnlabeled: labelKind === 'none' ? null : this.firstMissing,
    };
  }
}
