import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBackend } from '@onestep/backends';
import { boot } from '@onestep/boot';
import { expect, it } from 'vitest';
import { FIXTURES, hasFixtures } from '../../test-support/fixtures.js';
import { beyondTolerance, TOLERANCES } from '../check.js';
import { samplers } from '../checks/samplers.js';
import { readFixture } from '../fixture-file.js';
import { networkInFile } from '../fixture-network.js';
import { runCheck } from '../run-check.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const NETWORKS = ['adm-edm-label10-aug9-16x16x3', 'ddpmpp-edm-label0-aug0-16x16x1', 'ncsnpp-edm-label10-aug9-16x16x3'];

const RUNS = ['edm-heun-18', 'edm-churn-12', 'ablation-euler-ve-ve-none', 'ablation-heun-edm-linear-none'];

/** Runs the command with WebGPU on a folder. */
async function parity(folder: string): Promise<{ status: number; output: string }> {
  const command = ['--conditions=@onestep/source', '--import', 'tsx', 'parity/main.ts', folder, '--backend', 'webgpu'];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: repository }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

// A minute or two each on SwiftShader, which runs shaders on the CPU.
it.skipIf(!hasFixtures).for([
  {
    // One network of each kind.
    what: 'networks',
    files: NETWORKS.map((name) => `networks/${name}`),
  },
  { what: 'losses', files: ['losses/edm-loss'] },
  { what: 'iterations of Diff-Instruct', files: ['training/diff-instruct-2-iterations'] },
  { what: 'iterations of SiD', files: ['training/sid-alpha1.2-2-iterations'] },
  { what: 'Inception', files: ['metrics/inception-features'] },
])('$what on WebGPU', async ({ files }, context) => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-webgpu-'));
  try {
    for (const file of files)
      await symlink(`${FIXTURES}${file}.safetensors`, join(folder, `${basename(file)}.safetensors`));
    const { status, output } = await parity(folder);
    context.skip(/backend 'webgpu' found no adapter/.test(output), `No WebGPU here: ${output}`);
    expect(output).toMatch(new RegExp(`${files.length} files?, \\d+ quantities, 0 beyond tolerance`));
    expect(status).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

// All 50 runs of the file take more than a quarter of an hour on SwiftShader.
it.skipIf(!hasFixtures)('samplers on WebGPU', async (context) => {
  const started = await startBackend('webgpu').catch((error: unknown) => error as Error);
  context.skip(started instanceof Error, `No WebGPU here: ${String(started)}`);
  const file = await readFixture(`${FIXTURES}samplers/samplers.safetensors`);
  const isWanted = (name: string) => !/\.(images|random)$/.test(name) || RUNS.includes(name.split('.')[0]!);
  const tensors = Object.fromEntries(Object.entries(file.tensors).filter(([name]) => isWanted(name)));
  const comparisons = await runCheck(samplers, { ...file, tensors });
  expect(comparisons).toHaveLength(RUNS.length);
  expect(beyondTolerance(comparisons)).toEqual([]);
});

it.skipIf(!hasFixtures)('iterations of BOOT on WebGPU: the losses that ONNX Runtime gives', async (context) => {
  const losses: number[][] = [];
  for (const backend of ['ort', 'webgpu'] as const) {
    const started = await startBackend(backend).catch((error: unknown) => error as Error);
    context.skip(started instanceof Error, `No WebGPU here: ${String(started)}`);
    const teacher = await networkInFile(await readFixture(`${FIXTURES}networks/${NETWORKS[1]}.safetensors`));
    const distillation = boot.create({ teacher, options: { batch: 2, glr: 1e-3, clipGradNorm: 50 } });
    losses.push(
      [await distillation.step(0), await distillation.step(2)].map((stats) => stats['G_Loss/loss'] as number),
    );
    distillation.dispose();
    // Otherwise the engine started next would look for its tensors.
    teacher.dispose();
  }
  const [expected, actual] = losses as [number[], number[]];
  const errors = expected.map((loss, i) => Math.abs(actual[i]! / loss - 1));
  expect(errors[0]).toBeLessThan(TOLERANCES.output);
  // As for the other methods: Adam turns gradients that are rounding noise into full steps.
  expect(errors[1]).toBeLessThan(1e-3);
});
