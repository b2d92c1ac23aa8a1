/** The figures of a network, all from the same images. */
export interface Figures {
  fid: number;
  /** Inception Score; null for a detector without class probabilities. */
  is: number | null;
  /** Null without real images. */
  precision: number | null;
  recall: number | null;
}

/** Names of the figures, in the order of tables. */
export const FIGURE_NAMES = ['fid', 'is', 'precision', 'recall'] as const satisfies readonly (keyof Figures)[];

/** The figures in text. */
export const FIGURE_TITLES: Readonly<Record<keyof Figures, string>> = {
  fid: 'FID',
  is: 'IS',
  precision: 'precision',
  recall: 'recall',
};
