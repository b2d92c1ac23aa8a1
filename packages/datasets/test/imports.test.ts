import { expect, it } from 'vitest';
import { listBundledFiles } from '../../../test-support/bundled-files.js';

it('imports no tensor library: of this repository only checkpoint and random', async () => {
  const files = await listBundledFiles('packages/datasets/src/index.ts', 'node');
  const packages = new Set(files.flatMap((file) => /^packages\/[^/]+(?=\/src\/)/.exec(file) ?? []));
  expect([...packages].sort()).toEqual(['packages/checkpoint', 'packages/datasets', 'packages/random']);
  expect(files.filter((file) => file.includes('@tensorflow'))).toEqual([]);
});
