import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const program = (end: string) => `
  import { StagedFile, writeFileAtomically } from ${JSON.stringify(new URL('../src/node/index.ts', import.meta.url).href)};
  const [folder] = process.argv.slice(1);
  await writeFileAtomically(folder + '/whole', 'contents');
  const file = await StagedFile.create(folder + '/part');
  await file.write(new Uint8Array(3e6));
  ${end}`;

it.each([
  ['process.exit()', 'process.exit(0);', ['whole']],
  ['a commit and process.exit()', 'await file.commit(); process.exit(0);', ['part', 'whole']],
])('a process that ends by %s leaves whole files only', async (_name, end, files) => {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-exit-'));
  try {
    const source = ['--conditions=@onestep/source', '--import', 'tsx', '--input-type=module', '--eval', program(end)];
    execFileSync(process.execPath, [...source, folder]);
    expect((await readdir(folder)).sort()).toEqual(files);
  } finally {
    await rm(folder, { recursive: true });
  }
});
