import { spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodePng } from '../../../packages/datasets/src/png/decode.js';
import { runCli, startCli } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let unconditional: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-generate-'));
  teacher = await writeTinyTeacher(folder, 8);
  unconditional = await writeTinyTeacher(folder, 8, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (outdir: string, ...more: string[]) =>
  runInside(['edm', 'generate', `--network=${teacher}`, `--outdir=${inFolder(outdir)}`, ...more]);
/** The pixels of an image. @throws unless it is a whole grayscale image of the teacher's size */
const pixels = async (path: string) =>
  decodePng(await readFile(inFolder(path)), { width: 8, height: 8, channels: 1 }, path);

describe('onestep edm generate', () => {
  it('takes every option of the published generate.py and names the files as it does', async () => {
    const sampler = ['--steps=3', '--sigma_min=0.01', '--sigma_max=60', '--rho=5'];
    const churn = ['--S_churn=2', '--S_min=0.1', '--S_max=inf', '--S_noise=1.003'];
    const images = ['--seeds=998-1001,5', '--subdirs', '--class=3', '--batch=2'];
    const result = await generate('all', ...images, ...sampler, ...churn);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/5 images in .*: 5 network evaluations each/);
    const files = await readdir(inFolder('all'), { recursive: true });
    expect(files.filter((name) => name.endsWith('.png')).sort()).toEqual([
      '000000/000005.png',
      '000000/000998.png',
      '000000/000999.png',
      '001000/001000.png',
      '001000/001001.png',
    ]);
    expect(await pixels('all/000000/000005.png')).toHaveLength(64);
  });

  it('uses the ablation sampler if one of its options is given', async () => {
    const euler = await generate('euler', '--seeds=0', '--steps=6', '--solver=euler');
    expect(euler.stdout).toMatch(/6 network evaluations/);
    const choices = ['--disc=iddpm', '--schedule=vp', '--scaling', 'vp', '--sigma-max', '100', '--S-churn', '1'];
    const heun = await generate('heun', '--seeds=0', '--steps=6', ...choices);
    expect(heun.stdout).toMatch(/11 network evaluations/);
    const wrong = await generate('wrong', '--solver=rk4');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/--solver.*rk4.*euler, heun/);
  });

  it('without OpenVINO, --bf16 says how to install it and writes nothing', async () => {
    const images = [`--network=${teacher}`, `--outdir=${inFolder('bf16')}`, '--seeds=0', '--bf16'];
    const { code, stderr } = await runCli(['edm', 'generate', ...images], 'export ONESTEP_OPENVINO=');
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/bfloat16.*pip install openvino/),
    });
    expect(await readdir(folder)).not.toContain('bf16');
  });

  it('gives a seed its image in every batch', async () => {
    const churn = ['--steps=4', '--S_churn=3'];
    await generate('three', ...churn, '--seeds=1-3');
    await generate('one', ...churn, '--seeds=3,7,1,2', '--batch=1');
    for (const seed of [1, 2, 3]) {
      const [a, b] = [await pixels(`three/00000${seed}.png`), await pixels(`one/00000${seed}.png`)];
      // Sums of another batch size may be rounded otherwise.
      a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThanOrEqual(1));
    }
  });

  it('refuses a class of an unconditional network before it starts', async () => {
    const { code, stderr } = await generate('never', `--network=${unconditional}`, '--class=1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^.*unconditional: leave the class out\.\n$/);
    expect(await readdir(folder)).not.toContain('never');
    expect(await generate('without', `--network=${unconditional}`, '--seeds=0', '--steps=2')).toMatchObject({
      code: 0,
    });
  });

  it('stops on Ctrl-C, with whole images only', async () => {
    await mkdir(inFolder('stopped'));
    const watcher = watch(inFolder('stopped'));
    const first = new Promise((resolve) => watcher.once('change', resolve));
    const args = ['edm', 'generate', '--network', teacher, '--outdir', inFolder('stopped'), '--seeds', '0-99999'];
    const { child, finished } = startCli([...args, '--batch', '1', '--steps', '2']);
    await first;
    watcher.close();
    child.kill('SIGINT');
    expect(await finished).toMatchObject({ code: 130, stdout: '', stderr: expect.stringContaining('Stopped.') });
    const files = await readdir(inFolder('stopped'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(await pixels(`stopped/${file}`)).toHaveLength(64);
  });
});

describe('on a terminal', () => {
  // Where there is no program "script", which gives another one a terminal, this is skipped.
  const hasScript = spawnSync('script', ['--version']).status === 0;

  it.skipIf(!hasScript)('the progress line is gone when a command fails', async () => {
    await mkdir(inFolder('blocked/000002.png'), { recursive: true });
    const args = ['edm', 'generate', `--network=${teacher}`, `--outdir=${inFolder('blocked')}`];
    const terminal = 'exec script --quiet --return --command "$(printf \'%q \' "$0" "$@")" /dev/null; false';
    const { code, stdout } = await runCli([...args, '--seeds=0-3', '--batch=1', '--steps=2'], terminal);
    expect(code).toBe(1);
    expect(stdout).toMatch(/\d\/4 images/);
    // What ends up in the last line: nothing is left of the progress when the message is written.
    const last = stdout.trimEnd().split('\r').at(-1)!;
    expect(last.startsWith('\x1b[K')).toBe(true);
    expect(last).toMatch(/error:.*blocked\/000002\.png is a folder/);
  });
});
