import { expect, it } from 'vitest';
import { DRAWN_DATASETS, matchCaption, shapesScene } from '../src/index.js';
import { addNoise, soften } from './worse-pictures.js';

const shapes = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;
const COUNT = 300;

it.each<[string, number, boolean, number]>([
  ['clean', 0, false, COUNT],
  ['noise 10', 10, false, COUNT],
  ['noise 25', 25, false, 0.98 * COUNT],
  ['soft, noise 10', 10, true, 0.99 * COUNT],
])('everything is found in %s pictures', (name, noise, isSoft, least) => {
  let right = 0;
  for (let index = 0; index < COUNT; index++) {
    const clean = shapes.draw(7, index, 32);
    const { things, ground } = shapesScene(7, index);
    const pixels = addNoise(isSoft ? soften(clean) : clean, noise, index);
    right += Number(matchCaption(pixels, { things, ground, unknown: [] }).isRight);
  }
  console.log(`${name}: ${right} of ${COUNT}`);
  expect(right).toBeGreaterThanOrEqual(least);
});
