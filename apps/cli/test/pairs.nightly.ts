import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { runCli, startCli } from './support/cli.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-pairs-'));
  teacher = await writeTinyTeacher(folder, 8);
});
afterAll(() => rm(folder, { recursive: true }));

const makePairs = (outdir: string) => [
  'edm',
  'pairs',
  '--network',
  teacher,
  '--outdir',
  inFolder(outdir),
  '--num',
  '40',
  '--shard',
  '4',
  '--steps',
  '9',
];

/** The bytes of all files of a folder, by name. */
async function contents(name: string): Promise<Record<string, string>> {
  const names = (await readdir(inFolder(name))).filter((file) => file !== 'run.lock').sort();
  const files = names.map(async (file) => [file, (await readFile(join(inFolder(name), file))).toString('base64')]);
  return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
}

it('pairs that were killed and made in several goes are byte by byte those of one go', async () => {
  expect(await runCli(makePairs('whole'))).toMatchObject({ code: 0 });
  for (const file of ['pairs-00000.safetensors', 'pairs-00003.safetensors']) {
    const { child, finished } = startCli(makePairs('killed'));
    while (!existsSync(join(inFolder('killed'), file)) && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGKILL');
    expect((await finished).signal).toBe('SIGKILL');
  }
  expect(Object.keys(await contents('killed')).length).toBeLessThan(Object.keys(await contents('whole')).length);
  expect(await runCli(makePairs('killed'))).toMatchObject({ code: 0 });
  expect(await contents('killed')).toEqual(await contents('whole'));
});

it('a run of KD that was stopped goes on bit by bit', async () => {
  await runCli(makePairs('learned'));
  const distill = (run: string, mimg: string) => [
    ...[
      'distill',
      'kd',
      '--edm-model',
      teacher,
      '--pairs',
      inFolder('learned'),
      '--outdir',
      inFolder(run),
      '--nosubdir',
    ],
    ...[
      '--batch',
      '4',
      '--seed',
      '1',
      '--tick',
      '0.004',
      '--snap',
      '1',
      '--dump',
      '1',
      '--pictures',
      '0',
      '--duration',
      mimg,
    ],
  ];
  const weights = (run: string) => readSafetensors(join(inFolder(run), 'network-snapshot-000000.safetensors'));
  expect(await runCli(distill('once', '0.000016'))).toMatchObject({ code: 0 });
  expect(await runCli(distill('twice', '0.000008'))).toMatchObject({ code: 0 });
  expect(await runCli(['distill', 'kd', '--resume', inFolder('twice'), '--duration', '0.000016'])).toMatchObject({
    code: 0,
  });
  expect(await weights('twice')).toEqual(await weights('once'));
});
