import { expect, it } from 'vitest';
import { listBundledFiles } from '../../../test-support/bundled-files.js';

it('imports nothing outside the package, and no module of Node', async () => {
  const files = await listBundledFiles('packages/random/src/index.ts', 'browser');
  expect(files.filter((file) => !file.startsWith('packages/random/src/'))).toEqual([]);
});
