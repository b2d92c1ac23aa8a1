import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { runCli, startCli } from './support/cli.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

const KILLS = 10;
const LATEST_KILL_MS = 2500;

let folder: string;
let zip: string;
let teacher: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-kill-'));
  zip = join(folder, 'data.zip');
  teacher = await writeTinyTeacher(folder);
  await runCli(['dataset', 'convert', '--source', await writeIdxFiles(folder, 64), '--dest', zip]);
});
afterAll(() => rm(folder, { recursive: true }));

// Long enough for ten sittings of some seconds each, with a state to fall back on every few steps.
const length = ['--nosubdir', '--batch', '8', '--tick', '0.08', '--snap', '10', '--dump', '1', '--seed', '0'];
const commands: Record<string, (outdir: string) => string[]> = {
  'edm train': (outdir) => [
    ...[
      'edm',
      'train',
      '--outdir',
      outdir,
      '--data',
      zip,
      '--cond',
      '1',
      '--cbase',
      '8',
      '--cres',
      '1,1',
      '--blocks',
      '1',
    ],
    ...['--attn', '16', '--lr-ramp', '0.1', '--dropout', '0.1', '--duration', '0.006', ...length],
  ],
  'distill sid': (outdir) => [
    ...['distill', 'sid', '--outdir', outdir, '--edm-model', teacher, '--lr', '1e-4', '--glr', '1e-4', '--alpha', '1'],
    ...['--duration', '0.004', ...length],
  ],
};

it.each(Object.keys(commands))('%s, killed ten times, ends with the weights of an undisturbed run', async (name) => {
  const command = commands[name]!;
  const undisturbed = join(folder, `${name}-undisturbed`);
  expect(await runCli(command(undisturbed))).toMatchObject({ code: 0 });

  const killed = join(folder, `${name}-killed`);
  let kills = 0;
  while (kills < KILLS) {
    const { child, finished } = startCli(command(killed));
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), Math.random() * LATEST_KILL_MS);
    const { signal, code } = await finished;
    clearTimeout(timer);
    if (signal === null) break;
    expect(code).toBeNull();
    kills += 1;
    await expectNothingCorrupt(killed);
  }
  expect(kills).toBe(KILLS);
  expect(await runCli(command(killed))).toMatchObject({ code: 0 });

  const weights = await safetensorsOf(undisturbed);
  expect(weights.length).toBeGreaterThan(1);
  for (const file of weights.filter((file) => file.startsWith('network-snapshot'))) {
    expect(await readFile(join(killed, file)), file).toEqual(await readFile(join(undisturbed, file)));
  }
});

async function safetensorsOf(run: string): Promise<string[]> {
  return (await readdir(run)).filter((file) => file.endsWith('.safetensors') && !file.startsWith('.'));
}

async function expectNothingCorrupt(run: string): Promise<void> {
  for (const file of await safetensorsOf(run)) decodeSafetensors(await readFile(join(run, file)), file);
  const stats = await readFile(join(run, 'stats.jsonl'), 'utf8').catch(() => '');
  for (const line of stats.split('\n').slice(0, -1)) JSON.parse(line);
}
