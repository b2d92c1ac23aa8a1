import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@onestep/checkpoint';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jobCommand, jobEnvironment, runJob, whyNoMpi } from '../../../test-support/mpi.js';
import { programArguments } from '../../../test-support/program.js';
import { runCli } from './support/cli.js';
import { writeIdxFiles } from './support/tiny-files.js';

const missing = whyNoMpi('Open MPI');
if (missing !== null) console.warn(`Tests of trainings on Open MPI are skipped: ${missing}.`);
const program = await programArguments('apps/cli/src/main.ts');

let folder: string;
let zip: string;
const SNAPSHOT = 'network-snapshot-000000.safetensors';

/** 24 steps of a tiny network, a training state after each: a killed rank must not be done before it is killed. */
const args = (name: string) => [
  ...['edm', 'train', '--data', zip, '--outdir', join(folder, name), '--nosubdir', '--duration=0.000096'],
  ...[
    '--cbase=4',
    '--cres=1,1',
    '--blocks=1',
    '--attn=16',
    '--augment=0',
    '--pictures=0',
    '--batch=4',
    '--batch-gpu=2',
  ],
  ...['--tick=0.004', '--snap=100', '--dump=1', '--lr-ramp=0', '--seed=7'],
];
const onTwoRanks = (name: string) => [args(name), args(name)].map((typed) => [...program, ...typed]);
const weightsOf = async (name: string) =>
  decodeSafetensors(await readFile(join(folder, name, SNAPSHOT)), SNAPSHOT).tensors;

/** Process numbers of the ranks that a launcher started, by their places in the job. */
function ranksOf(launcher: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ')[1]!.split(' ')[1] === String(launcher);
      } catch {
        return false;
      }
    })
    .map(Number)
    .sort((a, b) => a - b);
}

describe.skipIf(missing !== null)('onestep edm train with 2 ranks', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onestep-mpi-training-'));
    zip = join(folder, 'data.zip');
    await runCli(['dataset', 'convert', '--source', await writeIdxFiles(folder, 8), '--dest', zip]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is the training of one process: its files, and its weights up to rounding', async () => {
    const [job, alone] = [await runJob('Open MPI', onTwoRanks('whole')), await runCli(args('alone'))];
    expect([job.code, alone.code]).toEqual([0, 0]);
    expect(job.stdout.match(/^Done: /gm)).toHaveLength(1);
    expect(await readdir(join(folder, 'whole'))).toEqual(await readdir(join(folder, 'alone')));
    const [shared, own] = [await weightsOf('whole'), await weightsOf('alone')];
    for (const [name, { data }] of Object.entries(own)) {
      const other = shared[name]!.data as Float32Array;
      const worst = Math.max(...(data as Float32Array).map((value, i) => Math.abs(value - other[i]!)));
      expect(worst, name).toBeLessThan(1e-4);
    }
  });

  it('ends when a rank is killed, and goes on to the same bits', async () => {
    const [file, ...rest] = jobCommand('Open MPI', onTwoRanks('killed'));
    const child = spawn(file!, rest, { env: jobEnvironment() });
    let output = '';
    let ranks: number[] = [];
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout.on('data', (chunk: Buffer) => {
      const before = output;
      output += chunk.toString();
      if (!/tick 3 /.test(output) || /tick 3 /.test(before)) return;
      ranks = ranksOf(child.pid!);
      process.kill(ranks[1]!, 'SIGKILL');
    });
    expect(await ended).not.toBe(0);
    // The launcher may end before the other rank has: its run is locked until then.
    await vi.waitUntil(() => ranks.every((rank) => !existsSync(`/proc/${rank}`)), { timeout: 60_000 });
    expect(output).not.toContain('Done: ');
    const resumed = await runJob('Open MPI', onTwoRanks('killed'));
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stdout).toMatch(/Continuing .* at 0\.0\d+ kimg/);
    expect(await weightsOf('killed')).toEqual(await weightsOf('whole'));
  });
});
