import { spawnSync } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EventFile } from '@onestep/diffusion-core/node';
import { pythonWith } from '../../../../test-support/python.js';
import { crc32c as bitwise, readEvents } from '../../../../test-support/read-events.js';
import { crc32c } from '../../src/node/tensorboard/tf-record.js';
import { temporaryFolder } from './temporary-folder.js';

/** One gray pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

/** A run that logs three steps, was interrupted, and goes on from the second. */
async function logTwice(folder: string): Promise<void> {
  const first = await EventFile.begin(folder, 0);
  await first.addPicture(0, 'samples', PNG);
  for (const step of [1000, 2000, 3000]) await first.addScalars(step, { 'Loss/loss': step / 1000, 'Loss/nan': NaN });
  await first.close();
  const second = await EventFile.begin(folder, 2001);
  expect([first.isContinued, second.isContinued]).toEqual([false, true]);
  for (const step of [3000, 2 ** 33]) await second.addScalars(step, { 'Loss/loss': -step }, 1.5);
  await second.close();
}

it('has the checksums of RFC 3720', () => {
  const text = new TextEncoder().encode('123456789');
  expect([crc32c(text), bitwise(text)]).toEqual([0xe3069283, 0xe3069283]);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
});

it('writes events that another reader decodes, and says where a run goes on', async () => {
  const folder = temporaryFolder();
  await logTwice(folder);
  const files = (await readdir(folder)).sort();
  expect(files).toEqual([
    expect.stringMatching(/^events\.out\.tfevents\.\d+\.0000\.onestep$/),
    expect.stringMatching(/^events\.out\.tfevents\.\d+\.0001\.onestep$/),
  ]);
  const [first, second] = await Promise.all(files.map(async (name) => readEvents(await readFile(join(folder, name)))));
  expect(first!.map(({ step, fileVersion, scalars }) => [step, fileVersion, scalars])).toEqual([
    [0, 'brain.Event:2', {}],
    [0, undefined, {}],
    [1000, undefined, { 'Loss/loss': 1, 'Loss/nan': NaN }],
    [2000, undefined, { 'Loss/loss': 2, 'Loss/nan': NaN }],
    [3000, undefined, { 'Loss/loss': 3, 'Loss/nan': NaN }],
  ]);
  expect(first![1]!.pictures).toEqual({ samples: { height: 1, width: 1, channels: 1, png: new Uint8Array(PNG) } });
  expect(second!.map(({ step, sessionStatus, scalars }) => [step, sessionStatus, scalars])).toEqual([
    [0, undefined, {}],
    [2001, 1, {}],
    [3000, undefined, { 'Loss/loss': -3000 }],
    [2 ** 33, undefined, { 'Loss/loss': -(2 ** 33) }],
  ]);
  expect(second![2]!.wallTime).toBe(1.5);
  expect(Math.abs(first![2]!.wallTime - Date.now() / 1000)).toBeLessThan(3600);
});

const READ = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1]).Reload()
print(json.dumps({
    'scalars': [[e.step, e.value] for e in events.Scalars('Loss/loss')],
    'pictures': [[e.step, e.width, e.height, len(e.encoded_image_string)] for e in events.Images('samples')],
}))
`;

const python = pythonWith('tensorboard');
it.skipIf(python === null)(
  "TensorBoard reads every step once (npm run setup:python installs Python's tensorboard)",
  async () => {
    const folder = temporaryFolder();
    await logTwice(folder);
    const { stdout, stderr } = spawnSync(python!, ['-c', READ, folder], { encoding: 'utf8' });
    expect(stdout, stderr).not.toBe('');
    expect(JSON.parse(stdout)).toEqual({
    scalars: [[1000, 1], [2000, 2], [3000, -3000], [2 ** 33, -(2 ** 33)]],
    pictures: [[0, 1, 1, PNG.length]],
  }); // prettier-ignore
  },
);

it('refuses what is no picture, and a folder that is not there', async () => {
  const events = await EventFile.begin(temporaryFolder(), 0);
  await expect(events.addPicture(0, 'a', new Uint8Array(100))).rejects.toThrow(/not a PNG/);
  await events.close();
  await expect(EventFile.begin(join(temporaryFolder(), 'none'), 0)).rejects.toThrow(/none/);
});
