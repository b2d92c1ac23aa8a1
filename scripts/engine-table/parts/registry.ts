import type { Part } from '../part.js';
import { losses, metrics, networks, samplers, stylegan2 } from './fixtures.js';
import { memory } from './memory.js';
import { resume } from './resume.js';
import { secondDerivatives } from './second-derivatives.js';
import { trainings } from './trainings.js';

/** The rows of the table. A new one is a file in this folder and a line here. */
export const PARTS: readonly Part[] = [
  networks,
  losses,
  samplers,
  trainings,
  metrics,
  secondDerivatives,
  stylegan2,
  resume,
  memory,
];

/** Checks of the parity command that are in no part: they do not depend on the engine, or take gigabytes. */
export const LEFT_OUT: readonly string[] = ['networks-full', 'datasets'];
