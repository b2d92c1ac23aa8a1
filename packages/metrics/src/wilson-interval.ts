/** Quantile of the normal distribution for 95 %. */
const Z = 1.959964;

/**
 * The 95 % confidence interval of a share by Wilson (1927, "Probable inference, the law of succession, and statistical
 * inference"), which stays within 0 and 1 and is right for few counts too.
 *
 * @param right how often something was so
 * @param count how often it was looked at
 * @returns the lower and the upper bound, 0 to 1: all of it for a count of 0
 * @throws RangeError if `right` is not from 0 to `count`
 */
export function wilsonInterval(right: number, count: number): [low: number, high: number] {
  if (!(right >= 0 && right <= count)) throw new RangeError(`${right} of ${count} is not a share.`);
  if (count === 0) return [0, 1];
  const share = right / count;
  const z2 = (Z * Z) / count;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count))) / (1 + z2);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
