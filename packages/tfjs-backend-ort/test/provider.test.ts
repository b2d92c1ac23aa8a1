import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { configure } from '../src/index.js';

const require = createRequire(import.meta.url);
const program = fileURLToPath(new URL('provider-program.ts', import.meta.url));

interface Outcome {
  refused: string | null;
  started: boolean;
  provider: string | null;
  stderr: string;
}

/** Starts the backend in a new process with these environment variables. */
async function startWith(environment: Record<string, string>): Promise<Outcome> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', require.resolve('tsx'), program],
    {
      env: { ...process.env, ...environment },
    },
  );
  return { ...(JSON.parse(stdout) as Outcome), stderr };
}

const withoutCuda = !existsSync('/dev/nvidiactl');

it('without CUDA the error says what was tried and what to install, before anything starts', async (context) => {
  context.skip(!withoutCuda, 'There is an NVIDIA GPU here.');
  const { refused, started, stderr } = await startWith({ ONESTEP_PROVIDER: 'cuda' });
  expect(refused).toMatch(
    /'cuda' of the ort backend does not work here.*failed.*NVIDIA.*onestep engine install ort-cuda/s,
  );
  expect(started).toBe(false);
  expect(stderr).toContain(refused);
});

it('without a WebGPU adapter the error says which driver is needed', async (context) => {
  context.skip(process.platform !== 'linux', 'Only Linux lets a program hide the drivers.');
  const nowhere = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };
  const { refused, started, stderr } = await startWith({ ONESTEP_PROVIDER: 'webgpu', ...nowhere });
  expect(refused).toMatch(/'webgpu' of the ort backend does not work here.*adapter.*Vulkan driver.*'cpu'/s);
  expect(started).toBe(false);
  expect(stderr).toContain(refused);
});

it('uses the CPU by default', async () => {
  expect(await startWith({ ONESTEP_PROVIDER: '' })).toMatchObject({ refused: null, started: true, provider: 'cpu' });
});

it('refuses an unknown provider, and lists the known ones', async () => {
  expect(() => configure({ provider: 'gpu' as 'cpu' })).toThrow(/provider.*'cpu' or 'webgpu' or 'cuda', got gpu/);
  const { refused, started } = await startWith({ ONESTEP_PROVIDER: 'gpu' });
  expect(refused).toMatch(/ONESTEP_PROVIDER must be 'cpu' or 'webgpu' or 'cuda', got 'gpu'/);
  expect(started).toBe(false);
});
