import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { FIXTURES, hasFixtures } from '../../test-support/fixtures.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const NETWORKS = ['adm-edm-label10-aug9-16x16x3', 'ddpmpp-edm-label0-aug0-16x16x1', 'ncsnpp-edm-label10-aug9-16x16x3'];

/** Runs the command with WebGPU on three networks. */
async function parity(folder: string): Promise<{ status: number; output: string }> {
  const command = ['--conditions=@onestep/source', '--import', 'tsx', 'parity/main.ts', folder, '--backend', 'webgpu'];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: repository }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

// One network of each kind: on SwiftShader, where shaders are compiled for a CPU, half a minute each.
it.skipIf(!hasFixtures)('three networks on WebGPU: outputs and gradients', { timeout: 600_000 }, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-webgpu-'));
  try {
    for (const name of NETWORKS)
      await symlink(`${FIXTURES}networks/${name}.safetensors`, join(folder, `${name}.safetensors`));
    const { status, output } = await parity(folder);
    context.skip(/backend 'webgpu' found no adapter/.test(output), `No WebGPU here: ${output}`);
    expect(output).toMatch(/3 files, \d{3} quantities, 0 beyond tolerance/);
    expect(status).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
