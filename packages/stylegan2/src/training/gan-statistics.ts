import { momentsFromSums, type Moments, type StepStats } from '@onestep/diffusion-core';
import { PHASES, updatesGenerator, type PhaseName } from './phases.js';

/** Numbers of each image in an iteration, by phase and name. */
export type IterationValues = Partial<Record<PhaseName, Readonly<Record<string, Float32Array>>>>;

/** Statistics of an iteration under their published names. Logits are `scores` there. */
export function ganStatistics(values: IterationValues, augmentP: number | null): StepStats {
  const named = (names: readonly PhaseName[], name: string) => names.map((phase) => values[phase]?.[name]);
  const fakes = named(PHASES, 'fake');
  const reals = named(PHASES, 'real');
  const [G, D] = [true, false].map((isG) => PHASES.filter((name) => updatesGenerator(name) === isG));
  const all: Record<string, (Float32Array | undefined)[]> = {
    'Loss/G/loss': named(G!, 'loss'),
    'Loss/D/loss': named(D!, 'loss'),
    'Loss/scores/fake': fakes,
    'Loss/scores/real': reals,
    'Loss/signs/fake': fakes.map(signs),
    'Loss/signs/real': reals.map(signs),
    'Loss/pl_penalty': named(G!, 'penalty'),
    'Loss/G/reg': named(G!, 'reg'),
    'Loss/r1_penalty': named(D!, 'penalty'),
    'Loss/D/reg': named(D!, 'reg'),
  };
  const given = Object.entries(all).flatMap(([name, parts]) => {
    const present = parts.filter((part) => part !== undefined);
    return present.length === 0 ? [] : [[name, moments(present)] as const];
  });
  return { ...Object.fromEntries(given), ...(augmentP === null ? {} : { 'Progress/augment': augmentP }) };
}

function signs(logits: Float32Array | undefined): Float32Array | undefined {
  return logits?.map(Math.sign);
}

function moments(parts: readonly Float32Array[]): Moments {
  let [num, sum, squares] = [0, 0, 0];
  for (const part of parts) {
    for (const value of part) {
      num += 1;
      sum += value;
      squares += value ** 2;
    }
  }
  return momentsFromSums(num, sum, squares);
}
