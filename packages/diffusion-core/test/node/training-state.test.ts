import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSafetensors } from '@onestep/checkpoint';
import { readTrainingOptions, readTrainingState } from '../../src/node/index.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-state-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRESS = { imagesSeen: 8, tick: 1, tickStart: 4, tickSeconds: 1, totalSeconds: 2, moments: {} };
const STATE = { format: 1, values: {}, progress: PROGRESS, statsBytes: 0 };

function write(state: unknown): string {
  const path = join(folder, 'state.safetensors');
  const json = typeof state === 'string' ? state : JSON.stringify(state);
  writeFileSync(path, encodeSafetensors({ tensors: {}, metadata: { onestep_training_state: json } }));
  return path;
}

describe('training states', () => {
  it('are read', async () => {
    expect((await readTrainingState(write(STATE))).progress).toEqual(PROGRESS);
  });

  it.each([
    ['no JSON', '{"format": 1,', 'is a damaged training state. Move it away'],
    ['null', null, 'is a damaged training state'],
    ['no progress', { ...STATE, progress: undefined }, 'is a damaged training state'],
    ['no values', { ...STATE, values: [] }, 'is a damaged training state'],
    ['a negative number of images', { ...STATE, progress: { ...PROGRESS, imagesSeen: -1 } }, 'is a damaged'],
    ['statistics without a count', { ...STATE, progress: { ...PROGRESS, moments: { loss: {} } } }, 'is a damaged'],
    ['another format', { ...STATE, format: 2 }, 'has format 2, but this version of onestep reads format 1'],
  ])('with %s are refused, and the file is named', async (_, state, message) => {
    const path = write(state);
    await expect(readTrainingState(path)).rejects.toThrow(`${path} ${message}`);
  });
});

describe('options of a run', () => {
  it.each(['null', '[]', '"text"', '{', '['.repeat(100_000)])('%.20s are refused', async (text) => {
    writeFileSync(join(folder, 'training_options.json'), text);
    await expect(readTrainingOptions(folder)).rejects.toThrow('training_options.json is damaged');
  });
});
