import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTensor } from '@onestep/checkpoint';
import type { EngineName } from '../engines.js';
import type { Difference, Item, Part } from '../part.js';
import { SMALL_TRAININGS } from '../small-trainings.js';
import { trainElsewhere } from '../train-elsewhere.js';
import { trainHere, writeTrained, type Trained } from '../train-here.js';

const ITERATIONS = 4;

/** A training that is interrupted ends as one that is not. */
export const resume: Part = {
  name: 'resume',
  about:
    'EDM and each method on a small network: two iterations, the state saved to a file, a new process and two more leave ' +
    'the bytes of four in a row, in every weight, moment and random stream',
  unit: 'training',
  items: (engine) => Promise.resolve(Object.keys(SMALL_TRAININGS).map((training) => resumeItem(engine, training))),
};

function resumeItem(engine: EngineName, training: string): Item {
  const run = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onestep-engines-'));
    try {
      const half = join(folder, 'half.safetensors');
      const middle = ITERATIONS / 2;
      await writeTrained(half, await trainHere({ training, seed: 1, first: 0, last: middle }));
      // The other seed shows that weights and random streams come from the file.
      const rest = { training, seed: 2, from: half, first: middle, last: ITERATIONS };
      const resumed = await trainElsewhere(engine, rest, join(folder, 'rest.safetensors'));
      return compareBytes(resumed, await trainHere({ training, seed: 1, first: 0, last: ITERATIONS }));
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  return { name: training, run };
}

/** Counts the bytes that differ, for each tensor and for the random streams. */
export function compareBytes(actual: Trained, expected: Trained): Difference[] {
  const difference = (quantity: string, a: Uint8Array, b: Uint8Array) => ({
    quantity,
    error: Math.abs(a.length - b.length) + b.reduce((sum, byte, i) => sum + Number(i < a.length && byte !== a[i]), 0),
    tolerance: 0,
    unit: 'bytes',
  });
  const text = (value: string) => new TextEncoder().encode(value);
  const names = new Set([...Object.keys(expected.end), ...Object.keys(actual.end)]);
  return [
    difference('random streams', text(actual.values), text(expected.values)),
    ...[...names].map((name) => difference(name, bytesOf(actual.end[name]), bytesOf(expected.end[name]))),
  ];
}

function bytesOf(tensor: HostTensor | undefined): Uint8Array {
  if (tensor === undefined) return new Uint8Array(0);
  const { buffer, byteOffset, byteLength } = tensor.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
