/**
 * Compares the classes that a detector sees with those that images should have.
 *
 * @param probabilities class probabilities of the detector, [count, numClasses]
 * @param classes what each image should show
 * @param numClasses of the detector
 * @returns for each image, whether the most probable class is the right one
 * @throws RangeError if the lengths do not fit, a class is not one of the detector's, or a probability is NaN
 */
export function recognizedClasses(
  probabilities: Float32Array,
  classes: readonly number[],
  numClasses: number,
): boolean[] {
  if (probabilities.length !== classes.length * numClasses) {
    throw new RangeError(`${probabilities.length} probabilities are not those of ${classes.length} images.`);
  }
  return classes.map((wanted, i) => {
    if (!(Number.isInteger(wanted) && wanted >= 0 && wanted < numClasses)) {
      throw new RangeError(`Class ${wanted} is not one of the detector's ${numClasses}.`);
    }
    const row = probabilities.subarray(i * numClasses, (i + 1) * numClasses);
    const highest = Math.max(...row);
    if (Number.isNaN(highest))
      throw new RangeError(`The detector's probabilities of image ${i}, counted from 0, are NaN.`);
    return row.indexOf(highest) === wanted;
  });
}
