/** Intervals of the table of cumulative probabilities. */
const INTERVALS = 512;

/** Newton steps within an interval, each of which doubles the digits. */
const NEWTON_STEPS = 4;

/**
 * Student's t-distribution between two bounds. With T = sqrt(df) sinh(w), the density of w is proportional to cosh(w)^-df,
 * which is smooth for any number of degrees of freedom, also far below 1.
 */
export class TruncatedStudentT {
  private readonly df: number;
  private readonly low: number;
  private readonly width: number;
  /** Integral of the density from the lower bound to the end of each interval. */
  private readonly sums: Float64Array;

  /** @param df degrees of freedom, above 0 */
  constructor(df: number, low: number, high: number) {
    this.df = df;
    this.low = Math.asinh(low / Math.sqrt(df));
    this.width = (Math.asinh(high / Math.sqrt(df)) - this.low) / INTERVALS;
    this.sums = new Float64Array(INTERVALS + 1);
    for (let i = 0; i < INTERVALS; i++) {
      this.sums[i + 1] = this.sums[i]! + this.integral(this.low + i * this.width, this.width);
    }
  }

  /**
   * The number below which a share of the distribution lies.
   *
   * @param share in [0, 1]
   */
  quantile(share: number): number {
    const wanted = share * this.sums[INTERVALS]!;
    let interval = 0;
    for (let step = INTERVALS / 2; step >= 1; step /= 2) {
      if (this.sums[interval + step]! <= wanted && interval + step < INTERVALS) interval += step;
    }
    const start = this.low + interval * this.width;
    const rest = wanted - this.sums[interval]!;
    let length = rest / this.density(start);
    for (let i = 0; i < NEWTON_STEPS; i++) {
      length -= (this.integral(start, length) - rest) / this.density(start + length);
    }
    return Math.sqrt(this.df) * Math.sinh(start + length);
  }

  private density(w: number): number {
    return Math.cosh(w) ** -this.df;
  }

  /** Simpson's rule. */
  private integral(start: number, length: number): number {
    const [a, b, c] = [start, start + length / 2, start + length].map((w) => this.density(w)) as [
      number,
      number,
      number,
    ];
    return (length * (a + 4 * b + c)) / 6;
  }
}
