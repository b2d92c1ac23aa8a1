import { momentsFromSums, type Moments, type StepStats } from '@onestep/diffusion-core';
import { PHASE_VALUES } from './gan-phases.js';
import type { PhaseName } from './phases.js';

/** Numbers of each image in an iteration, by phase and name. */
export type IterationValues = Partial<Record<PhaseName, Readonly<Record<string, Float32Array>>>>;

/** Separates the values of a phase, which are one after the other: the loss, then the others. */
export function splitValues(name: PhaseName, values: Float32Array): Record<string, Float32Array> {
  const names = ['loss', ...PHASE_VALUES[name]];
  const n = values.length / names.length;
  return Object.fromEntries(names.map((each, i) => [each, values.subarray(i * n, (i + 1) * n)]));
}

/** Statistics of an iteration under their published names. Logits are `scores` there. */
export function ganStatistics({ Gmain, Greg, Dmain, Dreg }: IterationValues, augmentP: number | null): StepStats {
  const fakes = [Gmain?.fake, Dmain?.fake];
  const reals = [Dmain?.real, Dreg?.real];
  const all: Record<string, (Float32Array | undefined)[]> = {
    'Loss/G/loss': [Gmain?.loss],
    'Loss/D/loss': [Dmain?.loss],
    'Loss/scores/fake': fakes,
    'Loss/scores/real': reals,
    'Loss/signs/fake': fakes.map(signs),
    'Loss/signs/real': reals.map(signs),
    'Loss/pl_penalty': [Greg?.penalty],
    'Loss/G/reg': [Greg?.loss],
    'Loss/r1_penalty': [Dreg?.penalty],
    'Loss/D/reg': [Dreg?.loss],
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
