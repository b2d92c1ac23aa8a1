import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { programArguments } from '../../../test-support/program.js';

const program = await programArguments('packages/backends/test/start-program.ts');
const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts `ort` with these environment variables. */
async function start(environment: Record<string, string | undefined>, engine = 'ort') {
  const env = { ...process.env, ...environment };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, engine], {
    cwd: repository,
    env,
  });
  return { ...(JSON.parse(stdout) as { description?: string; refused?: string; isWrongSetting?: boolean }), stderr };
}

describe('ONESTEP_THREADS', () => {
  it.each(['abc', '1e9'])("'%s': one line that says what it may be, before anything starts", async (value) => {
    const { refused, isWrongSetting, stderr } = await start({ ONESTEP_THREADS: value });
    expect(refused).toMatch(new RegExp(`^ONESTEP_THREADS is '${value}', expected a whole number from 1 to 1024\\..*$`));
    expect(isWrongSetting).toBe(true);
    expect(stderr).toBe('');
  });

  it.each([
    ['1', '1 thread'],
    ['3', '3 threads'],
  ])("'%s' is in the description", async (value, words) => {
    const { description } = await start({ ONESTEP_THREADS: value });
    expect(description).toBe(`ort: ONNX Runtime (tfjs-backend-ort), CPU, ${words}`);
  });
});

it.each([
  ['ONESTEP_PROVIDER', 'gpu', "expected 'cpu' or 'webgpu' or 'cuda'."],
  ['ONESTEP_TRACE_ORIGINS', 'yes', "expected '0' or '1'."],
])('%s: refuses another word', async (name, value, expected) => {
  const { refused, isWrongSetting } = await start({ [name]: value }, 'auto');
  expect(refused).toBe(`${name} is '${value}', ${expected}`);
  expect(isWrongSetting).toBe(true);
});
