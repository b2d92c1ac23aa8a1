import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forgetTemporary, makeFolder, StagedFile, temporaryPath, writeFileAtomically } from '../src/node/index.js';

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

describe('makeFolder', () => {
  it('makes every folder of a path, also one that is there', async () => {
    const path = join(folder, 'a', 'b', 'c');
    const made = [path, join(folder, 'a', 'b'), join(folder, 'a')];
    expect([await makeFolder(path), await makeFolder(path)]).toEqual([made, []]);
    await makeFolder(`${folder}/a/d/../e`);
    expect(await readdir(join(folder, 'a'))).toEqual(['b', 'e']);
  });

  it('names the file that is in the way', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST', path: file });
    await expect(makeFolder(join(file, 'x', 'y'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(existsSync('/proc/self'))('ends with an error in a file system that takes nothing new', async () => {
    await expect(makeFolder('/proc/onestep/x')).rejects.toMatchObject({ code: 'EPERM', path: '/proc/onestep' });
    await expect(writeFileAtomically('/proc/onestep', '')).rejects.toMatchObject({
      code: 'EPERM',
      path: '/proc/onestep',
    });
    const missing = join(folder, 'missing');
    await expect(writeFileAtomically(join(missing, 'x'), '')).rejects.toMatchObject({ code: 'ENOENT', path: missing });
  });

  it.runIf(existsSync('/dev/full'))('errors about an open file name it', async () => {
    // What has the temporary name is a full disk.
    const file = await StagedFile.create(join(folder, 'full'));
    const [temporary] = (await readdir(folder)).filter((name) => name.startsWith('.full.'));
    expect(temporary).toBeDefined();
    await file.discard();
    await expect(file.write(new Uint8Array(2 ** 21))).rejects.toMatchObject({ path: join(folder, 'full') });
  });
});

describe('temporaryPath', () => {
  it('removes what killed writers have left, and nothing that may still be written', async () => {
    const place = join(folder, 'shared');
    await mkdir(place);
    const own = temporaryPath(join(folder, 'other', 'a.zip'));
    forgetTemporary(own);
    const named = (pid: number | undefined) => own.split('.').at(-2)!.replace(/^\d+/, String(pid));
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const elsewhere = `1-00000000-0123456789ab`;
    const left = [`.a.zip.${named(gone)}.tmp`, '.b.zip.0123456789ab.tmp', `.c.zip.${elsewhere}.tmp`];
    const kept = [
      `.d.zip.${named(process.ppid)}.tmp`,
      '.e.zip.123456789abc.tmp',
      `.f.zip.${elsewhere}.tmp`,
      '.g.tmp',
      'h',
    ];
    for (const name of [...left, ...kept]) await writeFile(join(place, name), '');
    for (const name of [...left.slice(1), '.g.tmp']) await utimes(join(place, name), 1, 1);
    await writeFileAtomically(join(place, 'new'), '');
    expect((await readdir(place)).sort()).toEqual([...kept, 'new'].sort());
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
