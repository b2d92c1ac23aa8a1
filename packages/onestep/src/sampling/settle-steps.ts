import {
  hasOwnLatents,
  isMultiStep,
  settleLevels,
  type Generator,
  type GeneratorRecord,
  type StepChoice,
} from '@onestep/diffusion-core';
import { METHODS } from '../methods.js';

/** A generator with its name and what its file says of it. */
export interface RecordedGenerator {
  readonly name: string;
  readonly generator: Generator;
  readonly record: Readonly<Partial<GeneratorRecord>> | null;
}

/**
 * Finds the noise levels of a generator's steps.
 *
 * @returns null for one step, which needs no levels
 * @throws RangeError naming what does not fit; for a generator of one step, its method and the methods of several
 */
export function settleSteps(
  { name, generator, record }: RecordedGenerator,
  choice: StepChoice,
): readonly number[] | null {
  const isOne = choice.levels === undefined && (choice.steps === undefined || choice.steps === 1);
  if (isOne || isMultiStep(generator)) return settleLevels(generator, choice);
  const method = METHODS.find((known) => known.name === record?.method);
  const several = METHODS.filter(({ severalSteps }) => severalSteps).map((known) => known.name);
  const ofMethod = hasOwnLatents(generator) ? undefined : record?.method;
  const why =
    ofMethod === undefined
      ? 'it makes images in one step only'
      : `${method?.title ?? `the method "${ofMethod}"`} trains generators that make images in one step only`;
  throw new RangeError(
    `${name}: ${why}. Leave out \`steps\` and \`levels\`, or take a generator of one of the methods ${several.join(', ')}.`,
  );
}
