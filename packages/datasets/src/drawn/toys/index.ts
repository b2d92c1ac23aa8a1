import type { DrawnDataset } from '../drawn-dataset.js';
import { drawToy } from './draw-toy.js';
import { TOY_KINDS } from './toy-kinds.js';

/** Toys on a floor before a wall, in ten classes. */
export const toys: DrawnDataset = {
  name: 'toys',
  about: 'toys of ten kinds, turned, colored and lit at random, on a floor before a wall',
  classNames: TOY_KINDS.map(({ name }) => name),
  splits: ['train'],
  draw: drawToy,
};
