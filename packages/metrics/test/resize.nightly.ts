import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pythonWith } from '../../../test-support/python.js';
import { largestDifference, parseCases, tolerance } from './support/resize-cases.js';

const python = pythonWith('torch');
const program = fileURLToPath(new URL('data/resize.py', import.meta.url));

// Skipped where PyTorch is not there.
it.skipIf(python === null)(
  'resized images are those of the installed Pillow and PyTorch at other sizes',
  () => {
    const sizes = [
      [96, 96, 61],
      [28, 28, 75],
      [31, 90, 24],
      [1, 1, 5],
      [200, 3, 8],
      [32, 32, 299],
    ];
    const args = [program, JSON.stringify(sizes)];
    const { stdout, stderr } = spawnSync(python!, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    expect(stderr).toBe('');
    for (const each of parseCases(stdout)) {
      expect(largestDifference(each), JSON.stringify({ ...each, values: [] })).toBeLessThanOrEqual(tolerance(each));
    }
  },
  600_000,
);
