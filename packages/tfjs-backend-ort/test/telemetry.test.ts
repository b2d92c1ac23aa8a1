import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programArguments } from '../../../test-support/program.js';

let home: string;
beforeAll(async () => (home = await mkdtemp(join(tmpdir(), 'onestep-home-'))));
afterAll(() => rm(home, { recursive: true }));

it('ONNX Runtime makes no identifier of the machine, and keeps no records to be sent', async () => {
  const program = await programArguments('packages/tfjs-backend-ort/test/library-program.ts');
  // Without what the test's own environment may have: it keeps quiet in CI.
  const env = { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: join(home, 'cache') };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [...program, 'cpu'], { env });
  expect(stdout).toContain('onnxruntime');
  expect(stderr).not.toContain('telemetry');
  expect(await readdir(home, { recursive: true })).toEqual([]);
});
