import { NothingToMeasure, type Part } from '../part.js';

/** Gradients of gradients. */
export const secondDerivatives: Part = {
  name: 'second derivatives',
  about: 'gradients of gradients of every operation that the project uses, against central differences',
  unit: 'operation',
  items: () => Promise.reject(new NothingToMeasure('not built yet: there is no suite of second derivatives')),
};
