import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';
import { temporaryFolder, writeIdxPair } from './sample-files.js';

it('the examples of the README run', async () => {
  const folder = temporaryFolder();
  writeIdxPair(folder, 300);
  const examples = await readmeExamples('packages/datasets');
  const code = examples
    .join('\n')
    .replace("'fashion-mnist/train-images-idx3-ubyte.gz'", JSON.stringify(join(folder, 'train-images-idx3-ubyte.gz')))
    .replace("'toys.zip'", JSON.stringify(join(folder, 'toys.zip')))
    .replaceAll("'fashion-mnist-32x32.zip'", JSON.stringify(join(folder, 'made.zip')));
  expect(await runExample(code)).toBe(
    '300 32 1 10\n100 3 tree\n300 classes 30 Ankle boot\n131072 1280 128\n300 32 0 0\n',
  );
});
