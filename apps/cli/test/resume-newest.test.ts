import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addRunOptions, settleOptions, type RunOptions } from '../src/training/run-options.js';

const ROOT = process.cwd();
let outdir: string;

beforeEach(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'onestep-resume-'));
});
afterEach(async () => {
  process.chdir(ROOT);
  await rm(outdir, { recursive: true });
});

/** Writes a run as far as its options and its training states, whose contents are not read here. */
async function writeRun(name: string, command: string, ...kimg: string[]): Promise<void> {
  const folder = join(outdir, name);
  await mkdir(folder);
  await writeFile(join(folder, 'training_options.json'), JSON.stringify({ command, command_line: { seed: 7 } }));
  for (const each of kimg) await writeFile(join(folder, `training-state-${each}.safetensors`), '');
}

async function settle(...args: string[]) {
  const command = new Command('sida').action(() => undefined);
  addRunOptions(command, { duration: 1, tick: 1, snap: 1, dump: 1 });
  new Command('distill').addCommand(command).parse(['sida', ...args], { from: 'user' });
  return settleOptions<RunOptions>(command);
}

describe('--resume with the folder of --outdir, as in published scripts', () => {
  it('begins a run where there is none yet', async () => {
    expect(await settle('--outdir', outdir, '--resume', outdir)).toMatchObject({ folder: null, begun: false });
    const missing = join(outdir, 'not-yet');
    expect(await settle('--outdir', missing, '--resume', missing, '--nosubdir', '0')).toMatchObject({ folder: null });
    const inPlace = await settle('--outdir', missing, '--resume', missing, '--nosubdir');
    expect(inPlace).toMatchObject({ folder: missing, begun: false });
  });

  it('goes on with the newest run of the same command that has a training state', async () => {
    await writeRun('00000-sida-a', 'distill sida', '000001');
    await writeRun('00001-sida-b', 'distill sida', '000001', '000002');
    await writeRun('00002-sida-c', 'distill sida');
    await writeRun('00003-sid-d', 'distill sid', '000009');
    const settled = await settle('--outdir', `${outdir}/`, '--resume', outdir, '--duration', '5');
    expect(settled).toMatchObject({ folder: join(outdir, '00001-sida-b'), startFrom: null, begun: true });
    expect(settled).toMatchObject({ seed: 7, duration: 5 });
  });
});

describe('--resume latest', () => {
  const date = (name: string, seconds: number) => utimes(join(outdir, name, 'training_options.json'), seconds, seconds);

  beforeEach(async () => {
    await writeRun('00000-sida-a', 'distill sida', '000001', '000002');
    await writeRun('00001-sida-b', 'distill sida', '000001');
    await writeRun('00002-sida-c', 'distill sida');
    await writeRun('00003-sid-d', 'distill sid', '000009');
    // The first was resumed after the second had been begun.
    await date('00000-sida-a', 2e9);
  });

  it('goes on with the run of the command that was started or resumed last', async () => {
    const newest = { folder: join(outdir, '00000-sida-a'), startFrom: null, begun: true, seed: 7 };
    expect(await settle('--resume', join(outdir, 'latest'))).toMatchObject(newest);
    expect(await settle('--resume', outdir)).toMatchObject(newest);
    const named = join(outdir, '00001-sida-b');
    expect(await settle('--resume', named)).toMatchObject({ ...newest, folder: named });
    process.chdir(outdir);
    expect(await settle('--resume', 'latest')).toMatchObject({ ...newest, folder: '00000-sida-a' });
  });

  it('with --outdir, a new run begins from its newest training state', async () => {
    const startFrom = join(outdir, '00000-sida-a', 'training-state-000002.safetensors');
    const other = join(outdir, 'other');
    expect(await settle('--resume', join(outdir, 'latest'), '--outdir', other)).toMatchObject({
      folder: null,
      startFrom,
    });
  });

  it('says what the newest run is if it is none of the command', async () => {
    await Promise.all(['00000-sida-a', '00001-sida-b'].map((name) => rm(join(outdir, name), { recursive: true })));
    await date('00003-sid-d', 2.1e9);
    await expect(settle('--resume', join(outdir, 'latest'))).rejects.toThrow(
      /no run of "onestep distill sida" with a training state in .*00003-sid-d, of distill sid/,
    );
    await expect(settle('--resume', join(outdir, 'none/latest'))).rejects.toThrow(/There is no run .* in .*none\.$/);
    await expect(settle('--resume', join(outdir, 'none'))).rejects.toThrow(/There is no .*none to resume from/);
  });
});
