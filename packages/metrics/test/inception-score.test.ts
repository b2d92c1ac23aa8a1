import { expect, it } from 'vitest';
import { inceptionScore } from '../src/index.js';

const oneHot = (classes: number[], numClasses: number) => {
  const probabilities = new Float32Array(classes.length * numClasses);
  classes.forEach((label, i) => (probabilities[i * numClasses + label] = 1));
  return probabilities;
};

it('is the number of certain and equally frequent classes, and 1 for one class or for uniform probabilities', () => {
  const even = Array.from({ length: 100 }, (_, i) => i % 5);
  expect(inceptionScore(oneHot(even, 5), 100, 5).mean).toBeCloseTo(5, 10);
  expect(inceptionScore(oneHot(new Array<number>(100).fill(2), 5), 100, 5).mean).toBeCloseTo(1, 10);
  expect(inceptionScore(new Float32Array(500).fill(0.2), 100, 5).mean).toBeCloseTo(1, 6);
});

it('has the deviation over ten consecutive parts', () => {
  // Nine parts of one class each, and one with two: scores 1 (nine times) and 2.
  const classes = Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : i % 2));
  const { mean, std } = inceptionScore(oneHot(classes, 2), 100, 2);
  expect(mean).toBeCloseTo(1.1, 10);
  expect(std).toBeCloseTo(0.3, 10);
});

it('takes parts of a size, the last of which may be shorter', () => {
  // Parts of 10, 10 and 5 images: scores 1, 2 and 1.
  const classes = Array.from({ length: 25 }, (_, i) => (i >= 10 && i < 20 ? i % 2 : 0));
  const { mean, std } = inceptionScore(oneHot(classes, 2), 25, 2, { splitSize: 10 });
  expect(mean).toBeCloseTo(4 / 3, 10);
  expect(std).toBeCloseTo(Math.sqrt(2) / 3, 10);
});

it('refuses too few images and a wrong number of probabilities', () => {
  expect(() => inceptionScore(new Float32Array(18), 9, 2)).toThrow(/at least 10 images, not 9/);
  expect(() => inceptionScore(new Float32Array(19), 10, 2)).toThrow(/20 probabilities, not 19/);
});
