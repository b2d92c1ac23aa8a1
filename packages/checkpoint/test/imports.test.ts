import { expect, it } from 'vitest';
import { listBundledFiles } from '../../../test-support/bundled-files.js';

it.each([
  ['packages/checkpoint/src/index.ts', 'browser'],
  ['packages/checkpoint/src/node/index.ts', 'node'],
] as const)('%s imports nothing outside the package, and runs in a %s', async (entry, platform) => {
  const files = await listBundledFiles(entry, platform);
  expect(files).toContain('packages/checkpoint/src/safetensors.ts');
  expect(files.filter((file) => !file.startsWith('packages/checkpoint/src/'))).toEqual([]);
});
