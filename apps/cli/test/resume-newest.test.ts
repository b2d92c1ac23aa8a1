import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addRunOptions, settleOptions, type RunOptions } from '../src/training/run-options.js';

let outdir: string;

beforeEach(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'onestep-resume-'));
});
afterEach(() => rm(outdir, { recursive: true }));

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
