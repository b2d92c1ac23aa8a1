import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programDigest } from '../src/processes/program-digest.js';

let root: string;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'onestep-digest-'))));
afterAll(() => rm(root, { recursive: true }));

const FILES: Record<string, string> = {
  'package.json': JSON.stringify({
    ...{ name: '@onestep/cli', version: '1.0.0', dependencies: { onestep: '1.0.0', commander: '^14' } },
    optionalDependencies: { absent: '1' },
  }),
  'src/main.ts': 'start();',
  'dist/main.js': 'start()',
  'test/main.test.ts': 'it()',
  'node_modules/onestep/package.json': JSON.stringify({ name: 'onestep', version: '1.0.0' }),
  'node_modules/onestep/src/index.ts': 'export {};',
  'node_modules/onestep/dist/index.js': 'export{}',
  'node_modules/commander/package.json': JSON.stringify({ name: 'commander', version: '14.0.1' }),
  'node_modules/commander/index.js': 'exports = {}',
};

/** Writes the program in a folder of its own, with some files changed. @returns digests of its source and of what was built */
async function digestsOf(name: string, changed: Record<string, string>): Promise<string[]> {
  const folder = join(root, name);
  if (name !== 'first') await cp(join(root, 'first'), folder, { recursive: true });
  for (const [path, text] of Object.entries(changed)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const digest = (module: string) => programDigest(pathToFileURL(join(folder, module)).href);
  return [await digest('src/main.ts'), await digest('dist/main.js')];
}

it('tells one code from another, of the program and of what it depends on, wherever it is', async () => {
  const [source, built] = await digestsOf('first', FILES);
  expect(source).toMatch(/^[0-9a-f]{16}$/);
  expect(await digestsOf('elsewhere', { 'test/main.test.ts': '', 'README.md': 'more' })).toEqual([source, built]);
  const other = (digest: string | undefined) => expect.not.stringMatching(digest!) as unknown;
  expect(await digestsOf('source', { 'src/main.ts': 'stop();' })).toEqual([other(source), built]);
  expect(await digestsOf('renamed', { 'src/more.ts': '' })).toEqual([other(source), built]);
  expect(await digestsOf('built', { 'node_modules/onestep/dist/index.js': 'export{x}' })).toEqual([
    source,
    other(built),
  ]);
  const newer = { 'node_modules/commander/package.json': JSON.stringify({ name: 'commander', version: '14.0.2' }) };
  expect(await digestsOf('newer', newer)).toEqual([other(source), other(built)]);
  expect(
    await digestsOf('more', { 'node_modules/absent/package.json': '{"name":"absent","version":"1.0.0"}' }),
  ).toEqual([other(source), other(built)]);
});
