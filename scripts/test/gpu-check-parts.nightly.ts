import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runSource } from '../gpu-check/commands.js';
import { findGrowth, type MemoryState } from '../gpu-check/memory.js';
import { parseGpu } from '../gpu-check/nvidia-smi.js';
import type { Part, PartResult } from '../gpu-check/part.js';
import { isWell } from '../gpu-check/report.js';
import { runParts } from '../gpu-check/run-parts.js';
import { findDisagreement, type ModeTimes, type Times } from '../gpu-check/timing.js';
import { gpuCheck, readReport } from './support/gpu-check-command.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-gpu-check-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A part that runs JavaScript. */
const part = (name: string, code: string, more: Partial<Part> = {}): Part => ({
  name,
  kind: 'start',
  command: [process.execPath, '--eval', code],
  limitS: 60,
  leastS: 0,
  ...more,
});
const writeFigures = (figures: object) =>
  `fs.writeFileSync(process.env.GPU_CHECK_FIGURES, '${JSON.stringify(figures)}');`;
const ENDLESS = 'setInterval(() => undefined, 1000);';
const run = (parts: Part[], budgetS = 300, signal = new AbortController().signal) =>
  runParts(parts, { budgetS, folder, signal });

/** Whether a process is alive; one that has ended and is not yet waited for is not. */
const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

describe('running parts', () => {
  it('goes on after a part that fails, crashes, hangs or cannot be started', async () => {
    const results = await run([
      part('fails', 'console.error("Error: no such kernel"); process.exitCode = 3;'),
      part('crashes', 'process.kill(process.pid, "SIGKILL"); setInterval(() => undefined, 1000);'),
      part('hangs', `${writeFigures({ train: 12 })} ${ENDLESS}`, { limitS: 5 }),
      part('missing', '', { command: [join(folder, 'no-such-program')] }),
      part('works', writeFigures({ ms: 5 })),
    ]);
    expect(results.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ['fails', 'failed', 'exit code 3: Error: no such kernel'],
      ['crashes', 'failed', 'ended by SIGKILL, maybe for lack of memory'],
      ['hangs', 'failed', 'took longer than 5 s'],
      ['missing', 'failed', `there is no program ${join(folder, 'no-such-program')}`],
      ['works', 'ok', null],
    ]);
    expect(results[4]!.figures).toEqual({ ms: 5 });
    // What was measured before the end counts.
    expect(results[2]!.figures).toEqual({ train: 12 });
    expect(isWell(results)).toBe(false);
  });

  it('stops a process that ignores the signal, and what it has started', async () => {
    const started = `const { pid } = require('node:child_process').spawn(process.execPath, ['--eval', '${ENDLESS}'], { stdio: 'inherit' });`;
    const write = 'fs.writeFileSync(process.env.GPU_CHECK_FIGURES, JSON.stringify({ pid }));';
    const code = `process.on('SIGTERM', () => undefined); ${started} ${write} ${ENDLESS}`;
    const [result] = await run([part('stubborn', code, { limitS: 5 })]);
    expect(result).toMatchObject({ status: 'failed', reason: 'took longer than 5 s' });
    expect(isAlive(result!.figures.pid as number)).toBe(false);
  });

  it('judges figures, lets optional parts fail, and skips what an earlier part rules out', async () => {
    const results = await run([
      part('wrong', writeFigures({ used: 3 }), { findFault: ({ used }) => (used === 3 ? 'not on the GPU' : null) }),
      part('told', `${writeFigures({ error: 'out of memory', ms: 1 })} process.exit(1);`),
      part('optional', 'process.exit(1);', { isOptional: (before) => before[0]!.status === 'failed' }),
      part('ruled out', '', { findObstacle: (before) => `${before[0]!.name} did not start` }),
    ]);
    expect(results.map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'not on the GPU'],
      ['failed', 'out of memory'],
      ['skipped', 'exit code 1'],
      ['skipped', 'wrong did not start'],
    ]);
    expect(results[1]!.figures).toEqual({ ms: 1 });
  });

  it('skips what does not fit into the budget, and gives the last part only what is left', async () => {
    const results = await run([part('hangs', ENDLESS), part('late', '', { leastS: 10 })], 2);
    expect(results.map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'took longer than 2 s'],
      ['skipped', 'no time left: needs 10 s, 0 s left'],
    ]);
  });

  it('is not well where nothing but PyTorch ran', () => {
    const result = (name: string, status: PartResult['status']): PartResult => ({
      ...{ name, status, kind: 'start', reason: null, seconds: 1, figures: {} },
    });
    expect(isWell([result('start pytorch', 'ok'), result('start ort-cuda', 'skipped')])).toBe(false);
    expect(isWell([result('start pytorch', 'skipped'), result('start ort-cuda', 'ok')])).toBe(true);
  });
});

describe('judgements', () => {
  const state = (step: number, more: Partial<MemoryState> = {}): MemoryState => ({
    ...{ step, tensors: 100, bytes: 4000, host_mb: 500, gpu_mb: 900 },
    ...more,
  });

  it('finds memory that grows, not pools that fill at the start', () => {
    const steps = Array.from({ length: 11 }, (_, i) => i * 10);
    const grows = (more: (step: number) => Partial<MemoryState>) =>
      findGrowth(steps.map((step) => state(step, more(step))));
    expect(grows(() => ({}))).toBeNull();
    expect(grows((step) => ({ gpu_mb: step === 0 ? 200 : 900, host_mb: step < 20 ? 300 : 500 }))).toBeNull();
    expect(grows(() => ({ gpu_mb: null }))).toBeNull();
    expect(grows((step) => ({ tensors: 100 + step / 10 }))).toBe('tensors went from 102 to 110 in 100 steps');
    expect(grows((step) => ({ gpu_mb: 900 + 10 * step }))).toMatch(/memory of the GPU went from 1100 to 1900 MB/);
    expect(grows((step) => ({ host_mb: 500 + 10 * step }))).toMatch(/resident memory/);
    expect(findGrowth([])).toMatch(/only 0 steps/);
  });

  it('compares float32 with PyTorch, and with an engine where there is none', () => {
    const times = (engine: string, precision: Times['precision'], loss: number): Times => {
      const train = { values: [[loss]] } as ModeTimes;
      return { engine, precision, choice: 'a', batch: 2, train };
    };
    const [torch, engine] = [times('pytorch', 'fp32', 1), times('ort-cuda', 'fp32', 1.01)];
    expect(findDisagreement(engine, [])).toBeNull();
    expect(findDisagreement(engine, [torch])).toBe('not the numbers of pytorch: train differs by 1e-2');
    expect(findDisagreement(times('webgpu', 'fp32', 1.0001), [engine, torch])).toBeNull();
    expect(findDisagreement(times('webgpu', 'fp32', 1), [engine])).toMatch(/ort-cuda/);
    expect(findDisagreement(times('ort-cuda', 'fp32', Number.NaN), [torch])).toMatch(/differs by NaN/);
    expect(findDisagreement(times('ort-cuda', 'tf32', 1.01), [torch])).toBeNull();
  });

  it('reads what nvidia-smi prints, and what it does not know', () => {
    const overview = '| NVIDIA-SMI 580.95.05    Driver Version: 580.95.05    CUDA Version: 13.0     |';
    const line = 'NVIDIA RTX A4000, 580.95.05, 8.6, 16376, 5, 0, [N/A], 2100\n';
    expect(parseGpu(line, overview)).toEqual({
      name: 'NVIDIA RTX A4000',
      driver: '580.95.05',
      cuda: '13.0',
      compute_capability: '8.6',
      memory_mb: 16376,
      used_mb: 5,
      utilization: 0,
      power_limit_w: null,
      max_clock_mhz: 2100,
    });
    expect(parseGpu('NVIDIA RTX A4000, 580.95.05', '').memory_mb).toBeNull();
  });
});

describe('the command', () => {
  it('writes what is there when it is interrupted', async () => {
    const out = join(folder, 'interrupted');
    const args = ['--cpu', '--engines', 'ort', '--only', 'start,memory', '--out', out];
    const [program, ...rest] = runSource('scripts/gpu-check/main.ts', ...args, '--python', 'no-such-python');
    const child = spawn(program!, rest, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (text.includes('...      memory ort')) child.kill('SIGINT');
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(output).toContain('1 ok, 0 failed, 2 skipped');
    expect(code).toBe(130);
    const { parts } = readReport(out);
    expect(parts.map(({ name, status, reason }) => [name, status, reason])).toEqual([
      ['start ort', 'ok', null],
      ['start pytorch', 'skipped', 'there is no program no-such-python'],
      ['memory ort', 'skipped', 'interrupted'],
    ]);
  });

  it('says that there is no GPU, and which options there are', async () => {
    const without = await gpuCheck([], { PATH: folder });
    expect(without).toMatchObject({ code: 1, stdout: '' });
    expect(without.stderr).toMatch(/^No NVIDIA GPU found: nvidia-smi is not installed\.\nWith --cpu/);
    const wrong = await gpuCheck(['--sizes', 'huge']);
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toMatch(/^--sizes: there is no 'huge'\. Available: quickstart, /);
    expect((await gpuCheck(['--budget', '0'])).stderr).toBe(
      "--budget: expected a whole number of at least 1, got '0'.\n",
    );
    expect((await gpuCheck(['--gpu'])).code).toBe(2);
  });
});

it('the reporter counts tests and names the failures', async () => {
  writeFileSync(
    join(folder, 'some.test.js'),
    `describe('a layer', () => {
       it('is right', () => {});
       it('is wrong', () => { expect(1, 'the bias').toBe(2); });
       it.skip('is left out', () => {});
     });`,
  );
  writeFileSync(join(folder, 'broken.test.js'), `throw new Error('no such engine');`);
  const figures = join(folder, 'reporter.json');
  await new Promise((resolve) => {
    const reporter = join(ROOT, 'scripts/gpu-check/children/test-reporter.mjs');
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--root', folder, '--globals', `--reporter=${reporter}`];
    execFile(process.execPath, args, { env: { ...process.env, GPU_CHECK_FIGURES: figures } }, resolve);
  });
  expect(JSON.parse(readFileSync(figures, 'utf8'))).toEqual({
    passed: 1,
    failed: 2,
    skipped: 1,
    error: '2 of 3 tests failed',
    failures: expect.arrayContaining([
      { name: 'some.test.js: a layer > is wrong', message: expect.stringContaining('the bias') },
      { name: 'broken.test.js', message: expect.stringContaining('no such engine') },
    ]),
  });
});
