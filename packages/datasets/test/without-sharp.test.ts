import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { color, writeFiles } from './convert-and-read.js';
import { temporaryFolder } from './sample-files.js';

/** A hook that resolves modules as where sharp is not installed. */
const HOOK = `export function resolve(name, context, next) {
  if (name === 'sharp') throw Object.assign(new Error('Cannot find package sharp'), { code: 'ERR_MODULE_NOT_FOUND' });
  return next(name, context);
}`;

it('without sharp PNG images are read, and others say what they need before anything is made', () => {
  const folder = temporaryFolder();
  const png = writeFiles(join(folder, 'png'), { 'a.png': color(5) });
  const mixed = writeFiles(join(folder, 'mixed'), { 'a.png': color(5), 'b.jpg': Uint8Array.of(0xff, 0xd8, 0xff) });
  const script = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(HOOK)}));
    const { convertDataset } = await import('@onestep/datasets');
    for (const source of ${JSON.stringify([png, mixed])}) {
      const made = convertDataset({ source, dest: source + '.zip' });
      console.log(await made.then(({ numImages }) => numImages, (error) => error.message));
    }`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@onestep/source', '--import=tsx', '--input-type=module', '-e', script],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  const [first, second] = stdout.split('\n');
  expect(first).toBe('1');
  expect(second).toMatch(/b\.jpg: .*needs the package sharp, which is not installed.*npm install sharp/);
});
