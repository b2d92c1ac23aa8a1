import { expect, it } from 'vitest';
import { readmeExamples, runExample } from '../../../test-support/readme.js';

it('runs the first example of the README', async () => {
  const [example] = await readmeExamples('packages/metrics');
  // Bun's console has other quotes than those of Node.js and Deno.
  const output = (await runExample(example!)).replaceAll('"', "'");
  expect(output).toContain("detector: 'fashion-mnist-cnn-v0'");
  expect(output).toContain("reference: 'fashion-mnist train 32x32 (60000 images)'");
  expect(Number(/fid: ([\d.]+)/.exec(output)![1])).toBeGreaterThan(10);
}, 60_000);
