import type { Rng } from '@onestep/random';
import { isExternal } from './caption-encoder.js';
import type { Labeled, TrainingLabels } from './training-labels.js';
import { WordEncoder } from './word-encoder.js';

/**
 * The distribution of labels that nobody chooses: classes by their frequencies in the training data, or label vectors
 * or captions that occurred there. A draw is the number of a label, and {@link LabelPrior.vectors} has the vectors of the numbers.
 */
export class LabelPrior {
  /** Length of a label vector; 0 if unconditional. */
  readonly labelDim: number;
  /** Weights of the classes; null where all classes are equally likely. */
  private readonly weights: readonly number[] | null;
  /** The label vectors to choose among, made when they are needed; undefined for classes. */
  private readonly rows: LabelRows | undefined;

  /**
   * @param network whose labels are drawn
   * @param labels in place of those that the network states
   * @throws RangeError if the network takes label vectors and none are known
   */
  constructor({ labelDim, labels: own }: Labeled, labels: TrainingLabels | undefined = own) {
    this.labelDim = labelDim;
    this.rows = labels === undefined ? undefined : rowsOf(labels);
    const { frequencies } = labels ?? {};
    // Equal frequencies draw the same numbers as none.
    this.weights = frequencies === undefined || new Set(frequencies).size === 1 ? null : frequencies;
    if (labelDim > 0 && labels?.kind === 'captions' && this.rows === undefined) {
      throw new RangeError('This network takes captions, and its file has none to draw from: give prompts.');
    }
    if (labelDim > 0 && labels?.kind === 'vectors' && this.rows === undefined) {
      throw new RangeError(
        `This network takes label vectors of ${labelDim} numbers, and its file has none to draw from: ` +
          'give a label, or a data set with such labels.',
      );
    }
  }

  /** Draws the numbers of `n` labels; an empty list for an unconditional network. */
  draw(rng: Rng, n: number): Int32Array {
    const { labelDim, rows, weights } = this;
    if (labelDim === 0) return new Int32Array(0);
    if (rows !== undefined) return rng.integers(n, rows.length);
    if (weights === null) return rng.integers(n, labelDim);
    const total = weights.reduce((a, b) => a + b, 0);
    return Int32Array.from(rng.uniform(n, 0, total), (u) => inverseCumulative(weights, u));
  }

  /**
   * The label vectors of numbers that were drawn.
   *
   * @returns [n, labelDim] row-major: for classes one-hot
   */
  vectors(drawn: ArrayLike<number>): Float32Array {
    const { labelDim, rows } = this;
    const data = new Float32Array(drawn.length * labelDim);
    for (let i = 0; i < drawn.length; i++) {
      if (rows === undefined) data[i * labelDim + drawn[i]!] = 1;
      else data.set(rows.at(drawn[i]!), i * labelDim);
    }
    return data;
  }
}

/** Label vectors by their numbers. */
interface LabelRows {
  length: number;
  at(index: number): ArrayLike<number>;
}

function rowsOf({ kind, rows, encoder, captions }: TrainingLabels): LabelRows | undefined {
  if (rows !== undefined) return { length: rows.length, at: (index) => rows[index]! };
  if (kind !== 'captions' || captions === undefined || isExternal(encoder!)) return undefined;
  const words = new WordEncoder(encoder!);
  return { length: captions.length, at: (index) => words.encode(captions[index]!) };
}

/** The first class at which the weights add up to more than `u`. */
function inverseCumulative(weights: readonly number[], u: number): number {
  let sum = 0;
  const found = weights.findIndex((weight) => (sum += weight) > u);
  return found === -1 ? weights.findLastIndex((weight) => weight > 0) : found;
}
