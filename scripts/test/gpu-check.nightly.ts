import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatPart, formatTimes } from '../gpu-check/tables.js';
import type { Times } from '../gpu-check/timing.js';
import { gpuCheck, readReport } from './support/gpu-check-command.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-gpu-check-rehearsal-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('rehearses on the CPU: starts an engine, times it, and says what is not there', async () => {
  const out = join(folder, 'rehearsal');
  const args = ['--cpu', '--engines', 'ort', '--only', 'start,time', '--sizes', 'quickstart:2', '--out', out];
  const { code, stdout } = await gpuCheck([...args, '--python', 'no-such-python', '--budget', '240']);
  const { parts, machine, budget_seconds: budget } = readReport(out);
  expect(parts.map(({ name, status, reason }) => [name, status, reason])).toEqual([
    ['start ort', 'ok', null],
    ['start pytorch', 'skipped', 'there is no program no-such-python'],
    ['time pytorch fp32 quickstart:2', 'skipped', 'pytorch did not start'],
    ['time ort fp32 quickstart:2', 'ok', null],
    ['time ort fp16 quickstart:2', 'skipped', 'ort has no half precision here'],
    ['time pytorch bf16 quickstart:2', 'skipped', 'pytorch did not start'],
  ]);
  expect([code, budget, machine.node]).toEqual([0, 240, process.version]);
  const { train, forward } = parts[3]!.figures as unknown as Required<Times>;
  for (const { median_ms: ms, images_per_second: rate, host_mb: memory, parameters } of [train, forward]) {
    expect(rate).toBeCloseTo(2000 / ms);
    expect(memory).toBeGreaterThan(50);
    expect(parameters).toBeGreaterThan(100_000);
  }
  expect(train.values.flat()).toHaveLength(3);
  expect(train.values.flat().every((loss) => loss > 0)).toBe(true);
  expect(readFileSync(join(out, 'gpu-check.md'), 'utf8')).toContain('| quickstart:2 | forward | ort | fp32 |');

  expect(stdout).toContain(formatTimes(parts));
  expect(stdout).toContain(formatPart(parts[0]!));
  const lines = [formatTimes(parts), ...parts.map(formatPart)].join('\n').split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(readdirSync(out)).toContain('start-ort.log');
});
