import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGeneratorRecord } from '@onestep/diffusion-core';
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

it('a run of KD that was stopped goes on bit by bit, and another method goes on from its student', async () => {
  await runCli(makePairs('learned'));
  const pairs = inFolder('learned');
  const distill = (method: string, run: string, ...more: string[]) => [
    ...[
      'distill',
      method,
      '--edm-model',
      teacher,
      '--outdir',
      inFolder(run),
      '--nosubdir',
      '--batch',
      '4',
      '--seed',
      '1',
    ],
    ...['--tick', '0.004', '--snap', '1', '--dump', '1', '--pictures', '0', ...more],
  ];
  const resume = (run: string) => ['distill', 'kd', '--resume', inFolder(run), '--duration', '0.000016'];
  const snapshot = (run: string) => readSafetensors(join(inFolder(run), 'network-snapshot-000000.safetensors'));
  const [short, long] = [
    ['--duration', '0.000008'],
    ['--duration', '0.000016'],
  ] as const;
  expect(await runCli(distill('kd', 'once', '--pairs', pairs, ...long))).toMatchObject({ code: 0 });
  expect(await runCli(distill('kd', 'twice', '--pairs', pairs, ...short))).toMatchObject({ code: 0 });
  expect(await runCli(resume('twice'))).toMatchObject({ code: 0 });
  expect(await snapshot('twice')).toEqual(await snapshot('once'));

  const student = join(inFolder('once'), 'network-snapshot-000000.safetensors');
  const from = distill('sid', 'sid', '--transfer', student, '--regression-pairs', pairs);
  expect(await runCli([...from, ...short])).toMatchObject({ code: 0 });
  await rm(inFolder('once'), { recursive: true });
  // The run has begun, and does not need the file any more.
  for (const again of [from, ['distill', 'sid', '--resume', inFolder('sid')]]) {
    expect(await runCli([...again, ...long])).toMatchObject({ code: 0 });
  }
  const { generator } = readGeneratorRecord((await snapshot('sid')).metadata);
  expect(generator).toMatchObject({ initSigma: 80, method: 'sid' });
  const stats = await readFile(join(inFolder('sid'), 'stats.jsonl'), 'utf8');
  expect(stats.match(/"Regression\/loss":\{"num":1,"mean":\d/g)).toHaveLength(4);
});
