import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { grayPng, imageName, temporaryFolder, writeZip } from './sample-files.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Tells whether a package was built after its sources last changed. */
function isBuilt(name: string): boolean {
  const folder = join(root, '..', name);
  const bundle = join(folder, 'dist/index.js');
  if (!existsSync(bundle)) return false;
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
  return sources.every((file) => statSync(join(folder, 'src', file)).mtimeMs <= statSync(bundle).mtimeMs);
}

// The sources and the built package find the program of a thread in different ways. Skipped before `npm run
// build`.
it.skipIf(!['random', 'checkpoint', 'datasets'].every(isBuilt))(
  'threads decode batches in the built package',
  async () => {
    const path = writeZip(join(temporaryFolder(), 'a.zip'), [[imageName(0), grayPng(4, 3)]]);
    const script = `
    import { createBatchSource, openDataset } from '@onestep/datasets';
    const dataset = await openDataset(${JSON.stringify(path)});
    const batches = createBatchSource(dataset, { batchSize: 2, seed: 0, workers: 2 });
    const { images, count } = await batches.next();
    batches.close();
    const image = Buffer.from(dataset.imageAt(0));
    console.log(import.meta.resolve('@onestep/datasets'), count, Buffer.concat([image, image]).equals(images));`;
    // Without the conditions that resolve to the sources.
    const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '' },
      encoding: 'utf8',
    });
    expect(answer).toMatch(/\/datasets\/dist\/index\.js 2 true\n$/);
  },
);
