import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../../packages/datasets/src/png/decode.js';
import { createProgram } from '../src/program.js';
import { runCli } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-backend-'));
  teacher = await writeTinyTeacher(folder, 8);
});
afterAll(() => rm(folder, { recursive: true }));

/** The full names of the commands below one that do something themselves. */
function namesBelow(command: Command, prefix = ''): { name: string; command: Command }[] {
  return command.commands.flatMap((child) => {
    const name = `${prefix}${child.name()}`;
    return child.commands.length > 0 ? namesBelow(child, `${name} `) : [{ name, command: child }];
  });
}

describe('--backend', () => {
  it('is an option of every command but those that compute nothing', async () => {
    const without = namesBelow(await createProgram([])).filter(
      ({ command }) => !command.options.some(({ long }) => long === '--backend'),
    );
    expect(without.map(({ name }) => name)).toEqual([
      'dataset convert',
      'dataset draw',
      'dataset shapes',
      'dataset info',
      'dataset emoji',
      'dataset match',
      'convert',
      'ema',
      'runs',
      'watch',
      'report',
      'engine list',
      'engine install',
      'doctor',
      'completion',
    ]);
  });

  it.each([
    ['edm generate', 'cpu', ['--steps=3', '--S_churn=1', '--class=1']],
    ['generate', 'wasm', ['--init-sigma=2', '--class=1']],
  ])('%s: the same images on %s as on ONNX Runtime', async (command, other, more) => {
    const images = async (backend: string) => {
      const outdir = inFolder(`${command}-${backend}`);
      const args = [...command.split(' '), `--network=${teacher}`, `--outdir=${outdir}`, '--seeds=0-1', ...more];
      const { code, stderr } = await runCli([...args, `--backend=${backend}`]);
      expect(code).toBe(0);
      // One that was asked for says what it found.
      expect(stderr).toMatch(backend === 'ort' ? /^$/ : new RegExp(`^${backend}: .*\\n$`));
      const files = (await readdir(outdir)).filter((name) => name.endsWith('.png')).sort();
      expect(files).toEqual(['000000.png', '000001.png']);
      const size = { width: 8, height: 8, channels: 1 };
      const pixels = files.map(async (file) => [...decodePng(await readFile(join(outdir, file)), size, file)]);
      return (await Promise.all(pixels)).flat();
    };
    const [ort, plain] = [await images('ort'), await images(other)];
    // A value beside the border between two of the 256 levels may be rounded otherwise.
    ort.forEach((value, i) => expect(Math.abs(value - plain[i]!)).toBeLessThanOrEqual(1));
  });

  it('edm train: recorded with the run, which may go on with another engine; the same losses', async () => {
    const zip = inFolder('data.zip');
    await runInside(['dataset', 'convert', '--source', await writeIdxFiles(folder, 8), '--dest', zip]);
    const run = (backend: string) => inFolder(`run-${backend}`);
    const size = ['--cbase=4', '--cres=1', '--blocks=1', '--attn=1', '--batch=2', '--lr-ramp=0', '--dropout=0.1'];
    const length = ['--duration=0.000004', '--tick=0.002', '--nosubdir', '--seed=1', '--pictures=0'];
    const train = (backend: string) =>
      runCli(['edm', 'train', `--data=${zip}`, `--outdir=${run(backend)}`, `--backend=${backend}`, ...size, ...length]);
    const recorded = async () => {
      const options = await readFile(join(run('wasm'), 'training_options.json'), 'utf8');
      return (JSON.parse(options) as { command_line: { backend: string } }).command_line.backend;
    };
    const losses = async (backend: string) => {
      const lines = (await readFile(join(run(backend), 'stats.jsonl'), 'utf8')).trimEnd().split('\n');
      return lines.map((line) => (JSON.parse(line) as { 'Loss/loss': { mean: number } })['Loss/loss'].mean);
    };

    expect(await train('ort')).toMatchObject({ code: 0 });
    expect(await train('wasm')).toMatchObject({ code: 0 });
    expect(await recorded()).toBe('wasm');
    const onOrt = await losses('ort');
    expect(onOrt).toHaveLength(2);
    (await losses('wasm')).forEach((loss, i) => expect(loss / onOrt[i]!).toBeCloseTo(1, 4));

    const longer = ['edm', 'train', '--resume', run('wasm'), '--duration=0.000008'];
    expect(await runCli([...longer, '--backend=ort'])).toMatchObject({ code: 0 });
    expect(await recorded()).toBe('ort');
    expect(await losses('wasm')).toHaveLength(4);
  });

  it('of an unknown name, or one that cannot start here, is refused before any work', async () => {
    const generate = ['edm', 'generate', '--network', teacher, '--outdir', inFolder('never')];
    const unknown = await runInside([...generate, '--backend', 'cuda']);
    expect(unknown).toMatchObject({ code: 2, stdout: '' });
    expect(unknown.stderr).toMatch(/--backend.*cuda.*ort-cuda.*tensorflow.*wasm.*cpu/);
    const nowhere = 'export VK_ICD_FILENAMES=/nowhere.json VK_DRIVER_FILES=/nowhere.json';
    const missing = await runCli([...generate, '--backend', 'webgpu'], nowhere);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
    // Dawn may warn of the missing driver first.
    expect(missing.stderr).toMatch(/^error: .*'webgpu'.*(adapter|package).*\n$/m);
    expect(missing.stderr).not.toMatch(/start-backend/);
    expect(await readdir(folder)).not.toContain('never');
  });
});
