import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StagedFile, writeFileAtomically } from '../src/node/index.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'onestep-atomic-'))));
afterAll(() => rm(folder, { recursive: true }));

describe('writeFileAtomically', () => {
  it('writes pieces of all sizes in order', async () => {
    const path = join(folder, 'pieces');
    const sizes = [0, 1, 1 << 20, 3, (1 << 20) - 3, 1, (1 << 20) + 1, 5];
    const pieces = sizes.map((size, i) => Buffer.alloc(size, i + 1));
    await writeFileAtomically(path, pieces);
    expect((await readFile(path)).equals(Buffer.concat(pieces))).toBe(true);
  });

  it('leaves the old file, and nothing else, if the contents fail', async () => {
    const path = join(folder, 'failing');
    await writeFile(path, 'old');
    const before = await readdir(folder);
    const contents = function* () {
      yield Buffer.from('new');
      throw new Error('no more');
    };
    await expect(writeFileAtomically(path, contents())).rejects.toThrow('no more');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(before);
  });

  it('replaces a file by text', async () => {
    const path = join(folder, 'text');
    await writeFileAtomically(path, 'a');
    await writeFileAtomically(path, 'ü');
    expect(await readFile(path, 'utf8')).toBe('ü');
  });
});

describe('StagedFile', () => {
  it('has its name only after it is committed', async () => {
    const path = join(folder, 'staged');
    const file = await StagedFile.create(path);
    await file.write(Buffer.from('contents'));
    expect(await readdir(folder)).not.toContain('staged');
    await file.commit();
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('contents');
  });
});
