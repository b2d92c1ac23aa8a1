import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StateDict } from '@onestep/checkpoint';
import type { StepStats } from '@onestep/diffusion-core';
import { TOLERANCES } from '../../../parity/check.js';
import { relativeError } from '../../../parity/fixture-tensors.js';
import type { EngineName } from '../engines.js';
import { fixtureItems } from '../fixture-items.js';
import { NothingToMeasure, type Difference, type Item, type Part } from '../part.js';
import { SMALL_TRAININGS } from '../small-trainings.js';
import { trainElsewhere } from '../train-elsewhere.js';
import { trainHere, type Trained } from '../train-here.js';

const ITERATIONS = 2;
const CHECKS = [
  'diff-instruct',
  'sid',
  'sida',
  'dmd2',
  'f-distill',
  'kd',
  'consistency',
  'ect',
  'tcm',
  'scm',
  'mean-flow',
  'radam',
];

/** Two iterations of every training. */
export const trainings: Part = {
  name: 'trainings',
  about:
    'two iterations of each method against the published implementation, and of EDM and each method on a small network ' +
    'against another engine (`cpu`; for `cpu` itself `ort`): losses, gradients, moments, changes of the weights',
  unit: 'training',
  checks: CHECKS,
  items: async (engine) => [
    ...Object.keys(SMALL_TRAININGS).map((training) => smallItem(engine, training)),
    ...(await publishedItems()),
  ],
};

async function publishedItems(): Promise<Item[]> {
  try {
    return await fixtureItems(CHECKS);
  } catch (error) {
    if (error instanceof NothingToMeasure) return [];
    throw error;
  }
}

function smallItem(engine: EngineName, training: string): Item {
  const reference = engine === 'cpu' ? 'ort' : 'cpu';
  const run = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onestep-engines-'));
    try {
      const request = { training, seed: 1, first: 0, last: ITERATIONS };
      const expected = await trainElsewhere(reference, request, join(folder, reference));
      return compareTrainings(await trainHere(request), expected);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  return { name: `${training}, small network`, run };
}

/** Compares losses, changes of weights and moments of two runs of the same training. */
export function compareTrainings(actual: Trained, expected: Trained): Difference[] {
  const differences: Difference[] = [];
  for (const [step, stats] of expected.stats.entries()) {
    const names = Object.keys(stats).filter((key) => /loss/i.test(key));
    // A term that vanishes when the training starts has only rounding noise, so all are relative to the largest.
    const scale = Math.max(...names.map((name) => Math.abs(meanOf(stats, name))));
    for (const name of names) {
      const error = Math.abs(meanOf(actual.stats[step]!, name) - meanOf(stats, name)) / scale;
      const tolerance = step === 0 ? TOLERANCES.loss : TOLERANCES.trainedWeights;
      differences.push({ quantity: `${name}, step ${step + 1}`, error, tolerance });
    }
  }
  const compare = (quantity: string, values: (trained: Trained) => Float32Array) =>
    differences.push({
      quantity,
      error: relativeError(values(actual), values(expected)),
      tolerance: TOLERANCES.trainedWeights,
    });
  for (const [part, names] of partsOf(expected.end)) {
    if (!part.includes('optimizer')) {
      compare(`change of ${part}`, ({ start, end }) => {
        const before = joinValues(start, names);
        return joinValues(end, names).map((value, i) => value - before[i]!);
      });
    }
    const moments = names.filter((name) => name.includes('.exp_avg.'));
    if (moments.length > 0) compare(`moments of ${part}`, ({ end }) => joinValues(end, moments));
  }
  return differences;
}

function meanOf(stats: StepStats, name: string): number {
  const value = stats[name];
  return typeof value === 'object' ? value.mean : Number(value);
}

/** The names of tensors by the first word, which is the network or the optimizer. */
function partsOf(tensors: StateDict): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const name of Object.keys(tensors)) {
    const part = name.split('.')[0]!;
    parts.set(part, [...(parts.get(part) ?? []), name]);
  }
  return parts;
}

/** Joins the values of tensors, excluding the key entries of qkv biases. */
function joinValues(tensors: StateDict, names: readonly string[]): Float32Array {
  // The gradient of a key bias is zero in exact arithmetic, and Adam turns its rounding noise into full steps.
  const isCompared = (name: string, i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
  const values = names.flatMap((name) =>
    [...(tensors[name]!.data as Float32Array)].filter((_, i) => isCompared(name, i)),
  );
  return Float32Array.from(values);
}
