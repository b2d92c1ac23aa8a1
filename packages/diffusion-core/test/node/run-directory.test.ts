import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readTrainingOptions, RunDirectory } from '@onestep/diffusion-core/node';
import { temporaryFolder } from './temporary-folder.js';

const folder = temporaryFolder();
const progress = { imagesSeen: 0, tick: 1, tickStart: 0, tickSeconds: 0, totalSeconds: 0, moments: {} };

describe('RunDirectory', () => {
  it('numbers the folders of a shared parent', async () => {
    const outdir = join(folder, 'numbered');
    mkdirSync(join(outdir, '00041-other'), { recursive: true });
    const names = [];
    for (const desc of ['one', 'two']) {
      const run = await RunDirectory.create({ outdir, desc, options: {} });
      names.push(basename(run.path));
      run.close();
    }
    expect(names).toEqual(['00042-one', '00043-two']);
  });

  it('writes the options as indented JSON and refuses others afterwards', async () => {
    const path = join(folder, 'options');
    const options = { alpha: 1.2, total_kimg: 100, network: { channels: [1, 2] } };
    (await RunDirectory.open({ path, options })).close();
    expect(readFileSync(join(path, 'training_options.json'), 'utf8')).toBe(`${JSON.stringify(options, null, 2)}\n`);

    const other = RunDirectory.open({ path, options: { ...options, alpha: 1 } });
    await expect(other).rejects.toThrow('other options: alpha is 1.2 there and 1 here');
    const longer = { ...options, total_kimg: 200 };
    await expect(RunDirectory.open({ path, options: longer })).rejects.toThrow('total_kimg');
    (await RunDirectory.open({ path, options: longer, mayChange: ['total_kimg'] })).close();
    expect(await readTrainingOptions(path)).toEqual(longer);
    expect(await readTrainingOptions(join(folder, 'nothing-there'))).toBeNull();
  });

  it('compares options inside of others, and records where the run is', async () => {
    const path = join(folder, 'nested');
    const options = (lr: number, path: string) => ({ command_line: { lr, data: ['a'] }, run_dir: path });
    (await RunDirectory.open({ path, options: (run) => options(1, run) })).close();
    expect((await readTrainingOptions(path))!.run_dir).toBe(path);
    const other = { path, options: (run: string) => options(2, run) };
    await expect(RunDirectory.open(other)).rejects.toThrow('command_line.lr is 1 there and 2 here');
    (await RunDirectory.open({ ...other, mayChange: ['command_line.lr'] })).close();
  });

  it('knows a file by its contents: it may be elsewhere, and another one in its place is another option', async () => {
    const path = join(folder, 'files');
    const name = 'command_line.data';
    const options = (data: string, digest: string) => ({ command_line: { data }, digests: { [name]: digest } });
    const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
    const open = async (wanted: Record<string, unknown>) =>
      (await RunDirectory.open({ path, options: wanted, mayChange: [] })).close();
    await open(options('/a/data.zip', one));
    await open(options('/b/data.zip', one));
    expect(await readTrainingOptions(path)).toEqual(options('/b/data.zip', one));
    await expect(open(options('/b/data.zip', two))).rejects.toThrow(
      `${name} is /b/data.zip with sha256:1111111111111111... there and /b/data.zip with sha256:2222222222222222... here`,
    );
    // What is not read this time keeps its digest.
    await open({ command_line: { data: '/b/data.zip' } });
    expect(await readTrainingOptions(path)).toEqual(options('/b/data.zip', one));
  });

  it('goes on with a run of an earlier version, which recorded paths only, in the same place', async () => {
    const path = join(folder, 'paths');
    const open = async (data: string, digests?: Record<string, string>) =>
      (await RunDirectory.open({ path, options: { command_line: { data }, ...(digests && { digests }) } })).close();
    await open('data.zip');
    const digests = { 'command_line.data': 'sha256:1' };
    await expect(open('/elsewhere/data.zip', digests)).rejects.toThrow('is "data.zip" there and "/elsewhere/data.zip"');
    await open(resolve('data.zip'), digests);
    await open('/elsewhere/data.zip', digests);
  });

  it("begins with another run's state and ticks of its own, unless it has begun", async () => {
    const task = { tensors: { w: { shape: [1], data: Float32Array.of(3) } }, values: {} };
    const elsewhere = { tick: 5, tickStart: 6000, tickSeconds: 7, totalSeconds: 80 };
    const state = (imagesSeen: number) => ({
      task,
      progress: { ...progress, ...elsewhere, imagesSeen },
      statsBytes: 500,
    });
    const run = await RunDirectory.open({ path: join(folder, 'adopted'), options: {} });
    await run.adopt(state(7000));
    await run.adopt(state(9000));
    const begun = { ...progress, tick: 0, imagesSeen: 7000, tickStart: 7000 };
    expect(await run.resume()).toEqual({ task, progress: begun, statsBytes: 0 });
    run.close();
  });

  it('lets in one at a time', async () => {
    const path = join(folder, 'locked');
    const run = await RunDirectory.open({ path, options: {} });
    await expect(RunDirectory.open({ path, options: {} })).rejects.toThrow(`in use by process ${process.pid}`);
    run.close();
    (await RunDirectory.open({ path, options: {} })).close();
  });

  it('takes over the lock of a process that has ended, but not that of another machine', async () => {
    const path = join(folder, 'stale');
    mkdirSync(path);
    const lock = join(path, 'run.lock');
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const stale = [
      JSON.stringify({ pid: gone, host: hostname(), started: null }),
      JSON.stringify({ pid: process.pid, host: hostname(), started: '1' }), // a number that was used again
      '',
    ];
    for (const contents of process.platform === 'linux' ? stale : [stale[0]!, stale[2]!]) {
      writeFileSync(lock, contents);
      (await RunDirectory.open({ path, options: {} })).close();
    }
    writeFileSync(lock, JSON.stringify({ pid: gone, host: 'elsewhere', started: null }));
    await expect(RunDirectory.open({ path, options: {} })).rejects.toThrow(
      `on elsewhere. If that process has ended, delete ${lock}`,
    );
  });

  it.skipIf(process.platform !== 'linux')('takes over the lock of a process that nobody has reaped', async () => {
    const path = join(folder, 'unreaped');
    mkdirSync(path);
    // The parent, which prints the number of its child, becomes a program that never asks how the child ended.
    const parent = spawn('bash', ['-c', 'sleep 0.2 & echo $!; exec sleep 300'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(printed.toString());
    const stat = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    try {
      await vi.waitUntil(() => stat()[0] === 'Z');
      writeFileSync(join(path, 'run.lock'), JSON.stringify({ pid, host: hostname(), started: stat()[19] }));
      (await RunDirectory.open({ path, options: {} })).close();
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it.skipIf(process.platform !== 'linux')('waits for a process that is ending', async () => {
    const path = join(folder, 'ending');
    mkdirSync(path);
    const holder = spawn('sleep', ['300']);
    const ended = once(holder, 'exit');
    const holds = { pid: holder.pid, host: hostname(), started: null };
    writeFileSync(join(path, 'run.lock'), JSON.stringify(holds));
    const opened = RunDirectory.open({ path, options: {} });
    // One that is not waited for is refused within the two reads of a file.
    setTimeout(() => holder.kill('SIGKILL'), 300);
    await ended;
    (await opened).close();
  });

  it('says what is wrong with a path that cannot be a folder', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const open = (path: string) => RunDirectory.open({ path, options: {} });
    await expect(open(join(file, 'run'))).rejects.toThrow('a part of the path is a file');
    await expect(open(file)).rejects.toThrow('a file of that name is in the way');
  });

  it('keeps the newest states and removes what a crash left behind', async () => {
    const path = join(folder, 'states');
    const run = await RunDirectory.open({ path, options: {}, keepStates: 2 });
    for (const imagesSeen of [1000, 2000, 1_200_000]) {
      await run.writeState({ task: { tensors: {}, values: {} }, progress: { ...progress, imagesSeen } });
    }
    run.close();
    writeFileSync(join(path, '.training-state-000003.safetensors.0a.tmp'), 'half of i');
    writeFileSync(join(path, 'log.txt'), 'whole line\nhalf a li');
    const again = await RunDirectory.open({ path, options: {} });
    expect((await again.resume())!.progress.imagesSeen).toBe(1_200_000);
    again.close();
    expect(readFileSync(join(path, 'log.txt'), 'utf8')).toBe('whole line\n');
    expect(readdirSync(path).sort()).toEqual([
      'log.txt',
      'training-state-000002.safetensors',
      'training-state-001200.safetensors',
      'training_options.json',
    ]);
  });

  it('brings values, tensors and NaN averages back', async () => {
    const run = await RunDirectory.open({ path: join(folder, 'state'), options: {} });
    const task = {
      tensors: { w: { shape: [2], data: Float32Array.of(1, -0) }, step: { shape: [1], data: Int32Array.of(3) } },
      values: { rng: { seed: 1, stream: 'a', position: 2 ** 40 } },
    };
    const moments = { loss: { num: 2, mean: NaN, squares: NaN } };
    await run.writeState({ task, progress: { ...progress, moments } });
    expect(await run.resume()).toEqual({ task, progress: { ...progress, moments }, statsBytes: 0 });
    run.close();
  });
});
