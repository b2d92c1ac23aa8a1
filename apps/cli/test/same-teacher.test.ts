import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { assertSameTeacher } from '../src/distill/same-teacher.js';

const settings = { imgResolution: 32, model: { numHeads: 4, dropout: 0 }, schedule: { scheme: 'vp', betas: [1, 2] } };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-teacher-'));
  await writeFile(join(folder, 'training_options.json'), JSON.stringify({ teacher: settings }));
});
afterAll(() => rm(folder, { recursive: true }));

it('goes on with the same settings, whatever is new in them', async () => {
  await assertSameTeacher(folder, settings);
  await assertSameTeacher(folder, { ...settings, useFp16: true, newer: 1 });
  await assertSameTeacher(null, {});
});

it.each([
  [{ ...settings, model: { numHeads: 8, dropout: 0 } }, 'model.numHeads is 4 there and 8 here'],
  [{ ...settings, schedule: { scheme: 'vp', betas: [1, 3] } }, 'schedule.betas is [1,2] there and [1,3] here'],
])('refuses others by name', async (other, message) => {
  await expect(assertSameTeacher(folder, other)).rejects.toThrow(message);
});
