import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Megabytes of weights: 4 bytes a parameter. */
const NETWORKS = [
  ['cifar10-ddpmpp-uncond', 223],
  ['imagenet64-adm-cond', 1184],
] as const;

// Skipped where the folder of reference numbers is not there.
test.skipIf(!hasFixtures).each(NETWORKS)(
  '%s: within tolerance, in twice the weights and 1 GB',
  async (name, weights) => {
    const folder = await mkdtemp(join(tmpdir(), 'onestep-full-'));
    try {
      await symlink(`${FIXTURES}networks-full/${name}.safetensors`, join(folder, 'network.safetensors'));
      const command = ['--conditions=@onestep/source', '--import', 'tsx', 'parity/main.ts', folder, '--full'];
      const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: repository });
      expect(stdout).toContain('2 quantities, 0 beyond tolerance');
      const [, megabytes] = /largest resident memory: (\d+) MB/.exec(stdout)!;
      expect(Number(megabytes)).toBeLessThan(2 * weights + 1000);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
